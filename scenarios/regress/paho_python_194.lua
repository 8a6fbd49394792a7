-- eclipse-paho/paho.mqtt.python#194, https://github.com/eclipse-paho/paho.mqtt.python/issues/194; client, MQTT 3.1.1.
-- Wrong: a QoS 2 PUBLISH that came twice was put into the list of received messages twice; each was handed over.
-- Trigger: B: PUBLISH q2 id=3; C: PUBREC, late; B on its timer: PUBLISH 3 DUP; C: PUBREC; B: PUBREL; on_message
-- twice.
-- Defect: c-qos2-copies-handed-over
return scenario {
  title = "A client hands a QoS 2 message over once, though the broker's timer sent it again",
  clauses = { "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" },
  tags = { "defect:c-qos2-copies-handed-over" },
  broker = { retry = "2s", first_packet_identifier = 3 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    sub:link():delay_next { type = "PUBREC", dir = "c>b", by = "3s" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("8s")
  end,
}
