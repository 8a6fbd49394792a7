return scenario {
  title = "A packet arrives in small pieces, far apart",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", ["c>b"] = { slicer = 20, slicer_variation = 10, slicer_delay = "50ms" } },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local before = t:now()
    meter:publish("m", string.rep("x", 400), { qos = 1 }):wait()
    t:check(t:now() - before > 500000000, "a dozen pieces and more, 50 ms apart")
    t:check(meter:link():stats()["c>b"].packets > 15, "each a segment of its own")
  end,
}
