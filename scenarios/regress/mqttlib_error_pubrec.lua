-- LabOverWire/mqtt-lib, https://github.com/LabOverWire/mqtt-lib/blob/main/CHANGELOG.md; broker, MQTT 5.0.
-- Wrong: the Reason Code of PUBREC was not looked at; PUBREL followed although the subscriber had refused the
-- message.
-- Trigger: B>S: PUBLISH q2; S: PUBREC 0x80; B>S: PUBREL.
-- Defect: b-pubrel-after-error-pubrec
return scenario {
  title = "A refused QoS 2 message gets no PUBREL, and its identifier is free",
  clauses = { "v5:MQTT-4.3.3-4", "v5:MQTT-4.4.0-2", "v5:MQTT-4.3.3-3" },
  versions = { "5.0" },
  tags = { "defect:b-pubrel-after-error-pubrec" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { acks = "manual" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    sub:expect { topic = "t", payload = "x" }
    sub:ack { reason_code = 0x80 }
    t:quiet("5s")
  end,
}
