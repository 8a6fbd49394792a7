return scenario {
  title = "No byte is passed on; after five seconds the connection is closed",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { clean = false, session_expiry = "1h" })
    meter:connect()
    meter:link():set { timeout = "5s" }
    local before = t:now()
    local lost = meter:publish("m", "1", { qos = 1 })
    t:check(meter:wait_closed() == "fin", "closed")
    t:check(t:now() - before == 5000000000, "after five seconds")
    t:check(not lost:acked(), "and nothing was passed on")
    meter:link():set { timeout = "off" }
    meter:connect()
    lost:wait()
  end,
}
