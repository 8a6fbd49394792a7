return scenario {
  title = "A queue of four packets",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", rate = "64kbit", queue_packets = 4 },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local last
    for i = 1, 30 do last = meter:publish("m", string.rep("x", 500), { qos = 1 }) end
    last:wait("10m")
    local up = meter:link():stats()["c>b"]
    t:check(up.lost > 0, "the queue was full")
  end,
}
