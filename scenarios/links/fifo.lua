return scenario {
  title = "Without FIFO order packets overtake each other; TCP puts them right",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "100ms", jitter = "80ms", fifo = false },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local reader = t:client("reader")
    reader:connect { within = "5m" }
    reader:subscribe("m", { qos = 1 })
    for i = 1, 30 do
      meter:publish("m", "" .. i, { qos = 1 })
      t:sleep("10ms")
    end
    for i = 1, 30 do reader:expect { topic = "m", payload = "" .. i, within = "5m" } end
  end,
}
