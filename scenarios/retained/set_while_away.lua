return scenario {
  title = "A retained message published while a subscriber is away comes as a queued one, with RETAIN 0",
  clauses = { "v3:MQTT-3.3.1-9", "v3:MQTT-3.1.2-5", "v5:MQTT-3.3.1-12", "v5:MQTT-3.1.2-23" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("state", { qos = 1 })
    sub:drop("rst")
    t:sleep("1s")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "on", { qos = 1, retain = true }):wait("10s")
    t:sleep("1s")
    sub:connect()
    sub:expect { topic = "state", payload = "on", retain = false }
    t:quiet("5s")
  end,
}
