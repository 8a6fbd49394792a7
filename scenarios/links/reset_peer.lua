return scenario {
  title = "Every connection is reset two seconds after it was opened",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", reset_peer = "2s" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { clean = false, session_expiry = "1h" })
    for i = 1, 3 do
      meter:connect()
      meter:publish("m", "" .. i, { qos = 1 }):wait()
      t:check(meter:wait_closed() == "rst", "reset")
    end
    meter:link():set { reset_peer = "off" }
    meter:connect()
  end,
}
