return scenario {
  title = "The address changes every minute",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", rebind = "60s" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0, clean = false })
    meter:connect()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:sleep("61s")
    local lost = meter:publish("m", "2", { qos = 1 })
    t:sleep("5s")
    t:check(not lost:acked(), "the minute is over")
    meter:drop("vanish")
    meter:connect { within = "20s" }
    lost:wait("20s")
  end,
}
