return scenario {
  title = "QoS 0, 1 and 2 over a slow link that loses every tenth segment",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.3-1", "v3:MQTT-4.6.0-6",
              "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3", "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3",
              "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6", "v5:MQTT-4.6.0-5" },
  versions = { "3.1.1", "5.0" },
  tags = { "slow-link" },
  link = { delay = "150ms", jitter = "40ms", loss = "10%", rate = "64kbit" },
  limit = "30m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect { within = "5m" }
    sub:subscribe("s/#", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect { within = "5m" }
    local last = {}
    for i = 1, 30 do last[#last + 1] = pub:publish("s/" .. i % 3, string.rep("x", i * 10), { qos = i % 3 }) end
    for _, m in ipairs(last) do m:wait("10m") end
    sub:expect { topic = "s/#", count = 30, within = "10m" }
    t:quiet("5s")
  end,
}
