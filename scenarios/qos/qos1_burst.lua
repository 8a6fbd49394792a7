return scenario {
  title = "QoS 1: many messages in flight at once keep their order and each its own identifier",
  clauses = { "v3:MQTT-2.3.1-2", "v3:MQTT-2.3.1-4", "v3:MQTT-4.6.0-2", "v3:MQTT-4.6.0-6",
              "v5:MQTT-2.2.1-3", "v5:MQTT-2.2.1-4", "v5:MQTT-4.6.0-2", "v5:MQTT-4.6.0-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "80ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("log", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    local sent = {}
    for i = 1, 20 do sent[i] = pub:publish("log", "line " .. i, { qos = 1 }) end
    for i = 1, 20 do sent[i]:wait("30s") end
    local got = sub:expect { topic = "log", count = 20, within = "30s" }
    for i = 1, 20 do t:check(got[i].payload == "line " .. i, "the lines arrive in the order they were sent") end
    t:quiet("5s")
  end,
}
