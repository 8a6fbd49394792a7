-- vernemq/vernemq#496, https://github.com/vernemq/vernemq/issues/496; broker, MQTT 3.1.1.
-- Wrong: of 200 QoS 2 messages in flight when a cable was pulled, all were completed after the resumption, 163 were
-- delivered.
-- Trigger: P: PUBLISH q2 id=1..N; B: PUBREC for some; the link dies silently; P resumes, PUBREL for those; B:
-- PUBCOMP.
-- Defect: b-qos2-lost-on-release-after-resume
return scenario {
  title = "Messages that were received before the cable was pulled are delivered when they are released",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.1.0-1", "v3:MQTT-4.5.0-1", "v5:MQTT-4.3.3-11", "v5:MQTT-4.5.0-1", "v5:MQTT-4.1.0-1" },
  tags = { "defect:b-qos2-lost-on-release-after-resume" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "5m" })
    pub:connect()
    pub:hold("PUBREL")
    local sent = {}
    for i = 1, 10 do sent[i] = pub:publish("t", "m" .. i, { qos = 2 }) end
    t:sleep("1s")
    pub:drop("vanish")
    t:sleep("2s")
    pub:release()
    pub:connect()
    for i = 1, 10 do sent[i]:wait("10s") end
    t:sleep("2s")
    for i = 1, 10 do sub:expect { topic = "t", payload = "m" .. i } end
    t:quiet("3s")
  end,
}
