return scenario {
  title = "UNSUBSCRIBE in the middle of a QoS 2 delivery: PUBREC is answered all the same",
  clauses = { "v3:MQTT-3.10.4-3", "v5:MQTT-3.10.4-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber", { acks = "manual" })
    sub:connect()
    sub:subscribe("job", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("job", "under way", { qos = 2 }):wait("10s")
    sub:expect { topic = "job", payload = "under way" }
    sub:unsubscribe("job")
    sub:ack()
    t:quiet("5s")
  end,
}
