return scenario {
  title = "A thin link: a kilobyte takes a second",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "10ms", rate = "8kbit" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local before = t:now()
    meter:publish("m", string.rep("x", 960), { qos = 1 }):wait()
    t:check(t:now() - before > 1000000000, "a thousand bytes at a thousand bytes per second")
  end,
}
