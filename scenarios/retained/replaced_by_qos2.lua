return scenario {
  title = "A retained QoS 2 message replaces the one before it",
  clauses = { "v3:MQTT-3.3.1-5", "v5:MQTT-3.3.1-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "one", { qos = 1, retain = true }):wait("10s")
    pub:publish("state", "two", { qos = 2, retain = true }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 2 })
    sub:expect { topic = "state", payload = "two", qos = 2, retain = true }
    t:quiet("5s")
  end,
}
