return scenario {
  title = "The FIN of an old connection arrives when the next one is open already",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  link = { delay = "20ms", ["c>b"] = { fin_delay = "120ms" } },
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { clean = false })
    meter:connect()
    meter:drop("fin")
    meter:connect()
    t:sleep("70ms")
    meter:publish("m", "1", { qos = 1 }):wait()
  end,
}
