return scenario {
  title = "Bursts of loss after the 4-state model",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms", loss_markov = "3%:50%:20%:40%:1%" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect { within = "5m" }
    for i = 1, 800 do meter:publish("m/" .. i, "x", { qos = 1 }):wait("10m") end
    local up = meter:link():stats()["c>b"]
    t:check(up.lost > 0, "bursts are lost")
  end,
}
