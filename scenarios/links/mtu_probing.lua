return scenario {
  title = "A path-MTU black hole, and a sender that tries smaller segments after timeouts",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", mtu = 600 },
  tcp = { mtu_probing = true },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect { within = "5m" }
    local big = meter:publish("m", string.rep("x", 5000), { qos = 1 })
    t:sleep("1s")
    t:check(not big:acked(), "nobody says what is wrong")
    big:wait("2m")
    local before = meter:link():stats()["c>b"].lost
    meter:publish("m", string.rep("x", 5000), { qos = 1 }):wait()
    t:check(meter:link():stats()["c>b"].lost == before, "it is remembered")
  end,
}
