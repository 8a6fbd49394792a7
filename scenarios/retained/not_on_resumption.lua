return scenario {
  title = "Resuming a session is no new subscription: no retained message is sent",
  clauses = { "v3:MQTT-3.3.1-6", "v5:MQTT-3.3.1-9" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "on", { qos = 1, retain = true }):wait("10s")
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("state", { qos = 1 })
    sub:expect { topic = "state", payload = "on", retain = true }
    t:sleep("1s")
    sub:drop("rst")
    t:sleep("1s")
    t:check(sub:connect().session_present, "the session is resumed")
    t:quiet("5s")
  end,
}
