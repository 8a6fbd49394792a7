return scenario {
  title = "A NAT forgets a silent connection: nobody is told",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", nat_idle = "30s" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0, clean = false, session_expiry = "1h" })
    meter:connect()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:sleep("40s")
    local lost = meter:publish("m", "2", { qos = 1 })
    t:sleep("10s")
    t:check(not lost:acked(), "it went into the void")
    meter:drop("vanish")
    meter:connect { within = "60s" }
    lost:wait("60s")
  end,
}
