-- apache/bifromq#281, https://github.com/apache/bifromq/issues/281; broker, MQTT 5.0.
-- Wrong: a delivery that had come to PUBREL began again with PUBLISH after a reconnect.
-- Trigger: B>S: PUBLISH q2; S: PUBREC; B>S: PUBREL; cut; S resumes, Session Present 1; B>S: PUBLISH.
-- Defect: b-publish-instead-of-pubrel
return scenario {
  title = "A delivery that has come to PUBREL goes on with PUBREL",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.3-6", "v5:MQTT-4.4.0-1" },
  tags = { "defect:b-publish-instead-of-pubrel" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    t:sleep("1s")
    sub:link():cut { before = "PUBCOMP", dir = "c>b" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    sub:wait_closed("10s")
    sub:connect()
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
