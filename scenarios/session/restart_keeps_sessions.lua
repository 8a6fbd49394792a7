return scenario {
  title = "A broker that stores sessions resumes them after a restart",
  clauses = { "v3:MQTT-4.1.0-1", "v3:MQTT-4.4.0-1", "v3:MQTT-3.1.2-4",
              "v5:MQTT-3.1.2-23", "v5:MQTT-4.4.0-1", "v5:MQTT-3.1.2-5", "v5:MQTT-3.1.2-6" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  link = { delay = "50ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("job", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:hold("PUBREL")
    local m = pub:publish("job", "across", { qos = 2 })
    t:sleep("1s")
    t:broker():restart { keep = "session", down = "5s" }
    pub:wait_closed("10s")
    sub:wait_closed("10s")
    pub:release()
    t:sleep("6s")
    t:check(sub:connect().session_present, "the subscriber's session was stored")
    t:check(pub:connect().session_present, "the publisher's session was stored")
    m:wait("30s")
    sub:expect { topic = "job", payload = "across" }
    t:quiet("10s")
  end,
}
