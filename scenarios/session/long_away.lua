return scenario {
  title = "A session is kept for three days of absence",
  clauses = { "v3:MQTT-3.1.2-5", "v3:MQTT-4.1.0-1", "v5:MQTT-3.1.2-23" },
  versions = { "3.1.1", "5.0" },
  slow = true,
  limit = "100h",
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "never" })
    sub:connect()
    sub:subscribe("news", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("news", "old news", { qos = 1 }):wait("10s")
    pub:disconnect()
    t:sleep("72h")
    t:check(sub:connect().session_present, "the session is present")
    sub:expect { topic = "news", payload = "old news" }
  end,
}
