return scenario {
  title = "Packets arrive twice; the reader of TCP does not notice",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms", duplicate = "50%" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local reader = t:client("reader")
    reader:connect()
    reader:subscribe("m/#", { qos = 0 })
    for i = 1, 40 do meter:publish("m/" .. i, "x", { qos = 1 }):wait("10m") end
    reader:expect { topic = "m/#", count = 40 }
    t:check(meter:link():stats()["c>b"].duplicated > 10, "about half are doubled")
    t:quiet("1s")
  end,
}
