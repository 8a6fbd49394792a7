return scenario {
  title = "A retained message is sent to a new subscription, with RETAIN 1",
  clauses = { "v3:MQTT-3.3.1-5", "v3:MQTT-3.3.1-6", "v3:MQTT-3.3.1-8", "v5:MQTT-3.3.1-5", "v5:MQTT-3.3.1-9" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("room/1/temp", "21.5", { qos = 1, retain = true }):wait("10s")
    pub:disconnect()
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("room/1/temp", { qos = 1 })
    sub:expect { topic = "room/1/temp", payload = "21.5", qos = 1, retain = true }
    t:quiet("5s")
  end,
}
