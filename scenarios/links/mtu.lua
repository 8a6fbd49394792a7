return scenario {
  title = "A path-MTU black hole: small packets pass, big ones never",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", ["c>b"] = { mtu = 600 } },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    meter:publish("m", "small", { qos = 1 }):wait()
    meter:publish("m", string.rep("x", 1000), { qos = 1 })
    t:sleep("30s")
    local up = meter:link():stats()["c>b"]
    t:check(up.lost > 1, "sent again and again, lost again and again")
    meter:link():set { mtu = "off" }
    t:sleep("60s")
  end,
}
