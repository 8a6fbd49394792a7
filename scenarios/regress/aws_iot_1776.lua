-- aws/aws-iot-device-sdk-embedded-C#1776, https://github.com/aws/aws-iot-device-sdk-embedded-C/issues/1776; client, MQTT 3.1.1.
-- Wrong: a record that was freed in the middle of the table of messages in flight left the others out of order.
-- Trigger: C: PUBLISH q1 2, 3; B: PUBACK 2; C: PUBLISH 4, 5; cut; C resumes and sends 5, 4, 3.
-- Defect: c-resend-unordered
return scenario {
  title = "A client whose first message was acknowledged sends the others again in their order",
  clauses = { "v3:MQTT-4.6.0-1", "v5:MQTT-4.6.0-1" },
  tags = { "defect:c-resend-unordered" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m", first_packet_identifier = 2 })
    client:connect()
    client:link():cut { before = "PUBACK", dir = "b>c", nth = 2 }
    local sent = {}
    for i = 1, 2 do sent[i] = client:publish("t", "m" .. i, { qos = 1 }) end
    t:sleep("40ms")
    for i = 3, 4 do sent[i] = client:publish("t", "m" .. i, { qos = 1 }) end
    client:wait_closed("10s")
    t:check(sent[1]:acked() and not sent[2]:acked(), "the first is acknowledged, the second is not")
    client:connect()
    for i = 1, 4 do sent[i]:wait("10s") end
  end,
}
