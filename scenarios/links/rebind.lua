return scenario {
  title = "The address changes every minute",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", rebind = "60s" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0, clean = false, session_expiry = "1h" })
    meter:connect()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:sleep("61s")
    local lost = meter:publish("m", "2", { qos = 1 })
    t:sleep("5s")
    t:check(not lost:acked(), "the minute is over")
    meter:drop("vanish")
    meter:connect { within = "20s" }
    lost:wait("20s")
  end,
}
