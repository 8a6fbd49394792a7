return scenario {
  title = "The connection is closed after 200 bytes",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", ["c>b"] = { limit_data = 200 } },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { clean = false, session_expiry = "1h" })
    meter:connect()
    local cut = meter:publish("m", string.rep("x", 300), { qos = 1 })
    t:check(meter:wait_closed() == "fin", "closed in the middle of a packet")
    t:check(not cut:acked(), "which the broker has never seen whole")
    meter:link():set { ["c>b"] = { limit_data = "off" } }
    meter:connect()
    cut:wait()
  end,
}
