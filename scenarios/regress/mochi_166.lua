-- mochi-mqtt/server#166, https://github.com/mochi-mqtt/server/pull/166; broker, MQTT 3.1.1 and 5.0.
-- Wrong: retained messages were sent again when a Session was taken over, without a SUBSCRIBE.
-- Trigger: P: PUBLISH retain; S: SUBSCRIBE; B: the message; S': CONNECT with the same identifier; B: the message
-- again.
-- Defect: b-retained-on-resume-without-subscribe
return scenario {
  title = "A Session that is taken over does not get retained messages again",
  clauses = { "v3:MQTT-3.3.1-6", "v3:MQTT-3.3.1-8", "v3:MQTT-3.3.1-9", "v5:MQTT-3.3.1-9" },
  tags = { "defect:b-retained-on-resume-without-subscribe" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "state", { qos = 1, retain = true }):wait("10s")
    local sub = t:client("s", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:expect { topic = "t", payload = "state", retain = true }
    t:sleep("1s")
    sub:drop("vanish")
    t:check(sub:connect().session_present, "the session is present")
    t:quiet("5s")
  end,
}
