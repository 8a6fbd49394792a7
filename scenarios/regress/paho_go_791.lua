-- eclipse-paho/paho.mqtt.golang#791, https://github.com/eclipse-paho/paho.mqtt.golang/issues/791; client, MQTT 3.1.1.
-- Wrong: a QoS 2 PUBLISH that came again before its PUBREL was handed to the application again (also #768).
-- Trigger: B: PUBLISH q2 id=8; C: PUBREC 8, lost with the connection; C resumes; B: PUBLISH 8 DUP; the application
-- has it twice.
-- Defect: c-qos2-copies-handed-over
return scenario {
  title = "A client whose PUBREC was lost gets the PUBLISH again and hands it over once",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-10" },
  tags = { "defect:c-qos2-copies-handed-over" },
  broker = { first_packet_identifier = 8 },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    sub:link():cut { before = "PUBREC", dir = "c>b" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    sub:wait_closed("10s")
    sub:connect()
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
