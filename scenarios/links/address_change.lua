return scenario {
  title = "The client's address changes: the old connection is dead, a new one works",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = "10s", clean = false, session_expiry = "1h" })
    meter:connect()
    meter:publish("m", "1", { qos = 1 }):wait()
    meter:link():change_address()
    local lost = meter:publish("m", "2", { qos = 1 })
    t:sleep("5s")
    t:check(not lost:acked(), "packets of the old connection vanish")
    meter:drop("vanish")
    meter:connect { within = "60s" }
    lost:wait("60s")
  end,
}
