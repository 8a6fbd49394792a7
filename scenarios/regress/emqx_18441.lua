-- emqx/emqx#18441, https://github.com/emqx/emqx/issues/18441; broker, MQTT 3.1.1 and 5.0.
-- Wrong: a QoS 2 PUBLISH with DUP 1 whose original had only half arrived was acknowledged and never delivered.
-- Trigger: P: PUBLISH q2 id=1 without its last byte; cut; P resumes, PUBLISH 1 DUP; PUBREC, PUBREL, PUBCOMP; S:
-- nothing.
-- Defect: b-qos2-trust-dup-as-seen
return scenario {
  title = "A QoS 2 PUBLISH with DUP 1 that the broker never had is delivered",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.5.0-1", "v5:MQTT-4.3.3-8", "v5:MQTT-4.5.0-1" },
  tags = { "defect:b-qos2-trust-dup-as-seen" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { inside = "PUBLISH" }
    local m = pub:publish("t", "hi", { qos = 2 })
    pub:wait_closed("10s")
    pub:connect()
    m:wait("10s")
    t:sleep("2s")
    sub:expect { topic = "t", payload = "hi" }
    t:quiet("3s")
  end,
}
