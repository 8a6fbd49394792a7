-- bertmelis/espMqttClient#24, https://github.com/bertmelis/espMqttClient/issues/24; client, MQTT 3.1.1.
-- Wrong: acknowledgements that came in another order than the messages were not found, and the messages stayed
-- unacknowledged.
-- Trigger: C: PUBLISH q2 3, q1 4, 5; B: PUBACK 4, 5 before PUBCOMP 3; the connection ends; C resumes: PUBLISH 4, 5
-- DUP.
-- Defect: c-ack-needs-order
return scenario {
  title = "A client matches acknowledgements by identifier, in any order",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3", "v5:MQTT-4.4.0-1" },
  tags = { "defect:c-ack-needs-order" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m", first_packet_identifier = 3 })
    client:connect()
    client:link():cut { before = "PUBCOMP", dir = "b>c" }
    local sent = { client:publish("t", "m1", { qos = 2 }) }
    for i = 2, 3 do sent[i] = client:publish("t", "m" .. i, { qos = 1 }) end
    client:wait_closed("10s")
    client:connect()
    t:sleep("3s")
    for i = 1, 3 do sent[i]:wait("10s") end
  end,
}
