return scenario {
  title = "A PUBLISH of 107 bytes is written in pieces",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect()
    meter:link():set { ["c>b"] = { slicer = 20, slicer_variation = 10, slicer_delay = "50ms" } }
    meter:publish("m", string.rep("x", 100), { qos = 1 }):wait()
  end,
}
