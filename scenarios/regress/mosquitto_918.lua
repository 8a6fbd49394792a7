-- eclipse-mosquitto/mosquitto#918, https://github.com/eclipse-mosquitto/mosquitto/issues/918; broker, MQTT 3.1.1.
-- Wrong: after a resumption PUBREC came twice, and once more after PUBCOMP; the PUBREL that answered it was called
-- unknown.
-- Trigger: P: PUBLISH q2 id=38300; cut before PUBREC; P resumes, PUBLISH 38300 DUP; ...; B: PUBCOMP 38300; B: PUBREC
-- 38300.
-- Defect: b-qos2-pubrec-after-pubcomp
return scenario {
  title = "PUBCOMP ends a resumed QoS 2 exchange: no PUBREC follows",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-12", "v5:MQTT-4.3.3-8" },
  tags = { "defect:b-qos2-pubrec-after-pubcomp" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h", first_packet_identifier = 38300 })
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
