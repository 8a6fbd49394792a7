-- mqttjs/MQTT.js#706, https://github.com/mqttjs/MQTT.js/issues/706; client, MQTT 3.1.1.
-- Wrong: the store of received QoS 2 messages was emptied at the end of a connection; the PUBREL that came after the
-- resumption was not answered.
-- Trigger: B: PUBLISH q2; C: PUBREC; C closes; B: PUBREL, not received; C resumes; B: PUBREL; C: nothing.
-- Defect: c-inbound-ids-lost-on-close
return scenario {
  title = "A client answers the PUBREL of a QoS 2 message that an earlier connection brought",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.1.0-1", "v5:MQTT-4.3.3-11" },
  tags = { "defect:c-inbound-ids-lost-on-close" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("topic1", { qos = 2 })
    sub:link():cut { before = "PUBREL", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("topic1", "x", { qos = 2 }):wait("10s")
    sub:wait_closed("10s")
    sub:connect()
    t:sleep("5s")
    sub:expect { topic = "topic1", payload = "x" }
    t:quiet("3s")
  end,
}
