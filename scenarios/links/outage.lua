return scenario {
  title = "A tunnel every minute: the last ten seconds of it nothing passes",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms", outage = "10s/60s" },
  limit = "1h",
  run = function(t)
    local train = t:client("train", { keepalive = 0 })
    train:connect()
    train:publish("m", "before", { qos = 1 }):wait()
    t:sleep("52s")
    local inside = train:publish("m", "inside", { qos = 1 })
    t:sleep("5s")
    t:check(not inside:acked(), "in the tunnel nothing passes")
    inside:wait("60s")
    t:check(t:now() > 60000000000, "it came through after the tunnel")
  end,
}
