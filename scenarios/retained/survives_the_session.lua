return scenario {
  title = "Retained messages are no part of a session: they stay when it ends",
  clauses = { "v3:MQTT-3.1.2-7", "v5:MQTT-3.3.1-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:publish("state", "on", { qos = 1, retain = true }):wait("10s")
    pub:disconnect()
    local again = pub:connect { clean = true }
    t:check(not again.session_present, "the old session is gone")
    pub:disconnect()
    t:sleep("1s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 1 })
    sub:expect { topic = "state", payload = "on", retain = true }
  end,
}
