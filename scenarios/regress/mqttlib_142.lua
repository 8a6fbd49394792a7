-- LabOverWire/mqtt-lib#142, https://github.com/LabOverWire/mqtt-lib/pull/142; client, MQTT 5.0.
-- Wrong: the code that heeded the server's Receive Maximum was there, and nothing called it.
-- Trigger: B: CONNACK receive_maximum=2; C: five PUBLISH of QoS 1 and 2 at once.
-- Defect: c-recvmax-ignored
return scenario {
  title = "A client has no more than the server's Receive Maximum under way",
  clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-2", "v5:MQTT-4.9.0-1" },
  versions = { "5.0" },
  tags = { "defect:c-recvmax-ignored" },
  broker = { receive_maximum = 2 },
  link = { delay = "100ms" },
  run = function(t)
    local client = t:client("c")
    client:connect()
    local sent = {}
    for i = 1, 5 do sent[i] = client:publish("t", "m" .. i, { qos = 1 + i % 2 }) end
    for i = 1, 5 do sent[i]:wait("20s") end
  end,
}
