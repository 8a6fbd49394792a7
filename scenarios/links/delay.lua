return scenario {
  title = "A delay each way: an answer takes two of them",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "150ms" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local before = t:now()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:check(t:now() - before == 300000000, "one round trip is twice the delay")
  end,
}
