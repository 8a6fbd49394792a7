-- petabridge/TurboMqtt#367, https://github.com/petabridge/TurboMqtt/issues/367; client, MQTT 5.0.
-- Wrong: QoS 1 and QoS 2 each had a quota of their own, together twice the Receive Maximum.
-- Trigger: B: CONNACK receive_maximum=2; C: two PUBLISH q1 and two q2 at once.
-- Defect: c-quota-per-qos
return scenario {
  title = "QoS 1 and QoS 2 share one send quota",
  clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-2" },
  versions = { "5.0" },
  tags = { "defect:c-quota-per-qos" },
  broker = { receive_maximum = 2 },
  link = { delay = "100ms" },
  run = function(t)
    local client = t:client("c")
    client:connect()
    local sent = {}
    for i, qos in ipairs { 1, 1, 2, 2 } do sent[i] = client:publish("t", "m" .. i, { qos = qos }) end
    for i = 1, 4 do sent[i]:wait("20s") end
  end,
}
