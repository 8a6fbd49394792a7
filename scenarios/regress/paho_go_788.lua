-- eclipse-paho/paho.mqtt.golang#788, https://github.com/eclipse-paho/paho.mqtt.golang/issues/788; client, MQTT 3.1.1.
-- Wrong: the PUBREL was not stored, so that the store still had the PUBLISH, which was sent again after PUBREC.
-- Trigger: C: PUBLISH q2 id=44; B: PUBREC 44; C: PUBREL 44; cut before PUBCOMP; C resumes: PUBLISH 44 DUP.
-- Defect: c-publish-instead-of-pubrel
return scenario {
  title = "A client whose PUBCOMP was lost sends PUBREL again, not PUBLISH",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.3-6" },
  tags = { "defect:c-publish-instead-of-pubrel" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "5m", first_packet_identifier = 44 })
    pub:connect()
    pub:link():cut { before = "PUBCOMP", dir = "b>c" }
    local m = pub:publish("t", "x", { qos = 2 })
    pub:wait_closed("10s")
    pub:connect()
    m:wait("10s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
