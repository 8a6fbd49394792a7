return scenario {
  title = "Every tenth packet is lost: TCP sends it again, and it takes time",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms", loss = "10%" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect { within = "5m" }
    for i = 1, 400 do meter:publish("m/" .. i, "x", { qos = 1 }):wait("10m") end
    local up = meter:link():stats()["c>b"]
    t:check(up.lost * 25 > up.packets and up.lost * 5 < up.packets, "about a tenth is lost")
  end,
}
