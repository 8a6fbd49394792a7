-- vernemq/vernemq#2552, https://github.com/vernemq/vernemq/issues/2552; broker, MQTT 5.0.
-- Wrong: which QoS 2 messages had been received was not stored with the Session, so that a resend was delivered
-- again.
-- Trigger: P: PUBLISH q2 id=1; B: PUBREC 1; cut; P resumes, PUBLISH 1 DUP; B: PUBREC; P: PUBREL; B: PUBCOMP; S has it
-- twice.
-- Defect: b-qos2-inbound-ids-lost-on-reconnect
return scenario {
  title = "Received QoS 2 identifiers are Session state",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.1.0-1", "v3:MQTT-4.5.0-1", "v5:MQTT-4.3.3-10", "v5:MQTT-3.1.2-5",
              "v5:MQTT-3.1.2-23" },
  tags = { "defect:b-qos2-inbound-ids-lost-on-reconnect" },
  broker = { qos2_forward = "publish" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "5m" })
    pub:connect()
    pub:link():cut { before = "PUBREC" }
    local m = pub:publish("t", "x", { qos = 2 })
    pub:wait_closed("10s")
    pub:connect()
    m:wait("10s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
