-- rmqtt/rmqtt#458, https://github.com/rmqtt/rmqtt/pull/458; broker, MQTT 3.1.1 and 5.0.
-- Wrong: the PUBREL that was owed to a subscriber was forgotten; its resumed Session got neither PUBREL nor PUBLISH.
-- Trigger: B>S: PUBLISH q2; S: PUBREC; B>S: PUBREL; cut before it arrives; S resumes, Session Present 1; B: nothing.
-- Defect: b-owed-pubrel-not-resent
return scenario {
  title = "A resumed Session gets the PUBREL that is owed to it",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.3-1", "v5:MQTT-4.4.0-1" },
  tags = { "defect:b-owed-pubrel-not-resent" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    sub:link():cut { before = "PUBREL", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    sub:wait_closed("10s")
    t:check(sub:connect().session_present, "the session is present")
    t:sleep("5s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
