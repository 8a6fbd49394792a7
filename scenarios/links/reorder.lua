return scenario {
  title = "A quarter of the packets is not delayed and overtakes the others",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms", reorder = "25%", reorder_gap = 2 },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local reader = t:client("reader")
    reader:connect()
    reader:subscribe("m", { qos = 1 })
    for i = 1, 60 do
      meter:publish("m", "" .. i, { qos = 1 })
      t:sleep("10ms")
    end
    for i = 1, 60 do reader:expect { topic = "m", payload = "" .. i, within = "5m" } end
    t:check(meter:link():stats()["c>b"].reordered > 0, "some were put ahead")
  end,
}
