-- eclipse-paho/paho.mqtt.java#85, https://github.com/eclipse-paho/paho.mqtt.java/issues/85; client, MQTT 3.1.1.
-- Wrong: a PUBLISH was sent again with DUP 0; the server refused an identifier in use, and both went round for ever.
-- Trigger: C: PUBLISH q1 id=8788; cut; C resumes, Session Present 1: PUBLISH 8788 DUP=0.
-- Defect: c-dup0-on-resend
return scenario {
  title = "A client sends an unacknowledged PUBLISH again with DUP 1",
  clauses = { "v3:MQTT-3.3.1-1", "v5:MQTT-3.3.1-1" },
  tags = { "defect:c-dup0-on-resend" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m", first_packet_identifier = 8788 })
    client:connect()
    client:link():cut { before = "PUBACK", dir = "b>c" }
    local m = client:publish("t", "x", { qos = 1 })
    client:wait_closed("10s")
    client:connect()
    m:wait("10s")
    t:check(m.packet_id == 8788, "the identifier is the same")
  end,
}
