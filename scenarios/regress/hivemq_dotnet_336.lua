-- hivemq/hivemq-mqtt-client-dotnet#336, https://github.com/hivemq/hivemq-mqtt-client-dotnet/issues/336; client, MQTT 5.0.
-- Wrong: messages were handled by a pool of threads and finished out of order; so were their acknowledgements.
-- Trigger: B: PUBLISH q1 1, 2, 3, ... in a row; C: PUBACK 2, 1, 4, 3, ...
-- Defect: c-pubacks-swapped
return scenario {
  title = "A client acknowledges a burst of QoS 1 messages in the order in which they came",
  clauses = { "v3:MQTT-4.6.0-2", "v5:MQTT-4.6.0-2" },
  tags = { "defect:c-pubacks-swapped" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 0, 49 do pub:publish("t", tostring(i), { qos = 1 }) end
    sub:expect { topic = "t", count = 50 }
    for i, m in ipairs(sub:received("t")) do t:check(m.payload == tostring(i - 1), "the order is kept") end
    t:quiet("3s")
  end,
}
