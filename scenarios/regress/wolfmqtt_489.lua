-- wolfSSL/wolfMQTT#489, https://github.com/wolfSSL/wolfMQTT/issues/489; broker, MQTT 3.1.1.
-- Wrong: a stored Session held its subscriptions only; what had been queued was gone.
-- Trigger: S: SUBSCRIBE q1, DISCONNECT; P: PUBLISH q1; S resumes, Session Present 1; B: nothing.
-- Defect: b-subs-only-resume
return scenario {
  title = "A resumed Session has its queued messages, not only its subscriptions",
  clauses = { "v3:MQTT-3.1.2-5", "v3:MQTT-4.5.0-1", "v5:MQTT-4.5.0-1", "v5:MQTT-3.1.2-5", "v5:MQTT-3.1.2-23" },
  tags = { "defect:b-subs-only-resume" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "m", { qos = 1 }):wait("10s")
    t:check(sub:connect().session_present, "the session is present")
    t:sleep("3s")
    pub:publish("t", "live", { qos = 1 }):wait("10s")
    t:sleep("3s")
    sub:expect { topic = "t", payload = "m" }
    sub:expect { topic = "t", payload = "live" }
    t:quiet("3s")
  end,
}
