return scenario {
  title = "QoS 2: many messages in flight at once, each exactly once and in order",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.6.0-3", "v3:MQTT-4.6.0-4", "v3:MQTT-4.6.0-6",
              "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6",
              "v5:MQTT-4.6.0-3", "v5:MQTT-4.6.0-4", "v5:MQTT-4.6.0-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "80ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("log", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    local sent = {}
    for i = 1, 15 do sent[i] = pub:publish("log", "line " .. i, { qos = 2 }) end
    for i = 1, 15 do sent[i]:wait("30s") end
    local got = sub:expect { topic = "log", count = 15, within = "30s" }
    for i = 1, 15 do t:check(got[i].payload == "line " .. i, "the lines arrive in the order they were sent") end
    t:quiet("5s")
  end,
}
