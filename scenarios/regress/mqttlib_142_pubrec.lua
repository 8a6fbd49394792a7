-- LabOverWire/mqtt-lib#142, https://github.com/LabOverWire/mqtt-lib/pull/142; client, MQTT 5.0.
-- Wrong: a variant that the same report names: a place is given back at PUBREC, not at PUBCOMP.
-- Trigger: B: CONNACK receive_maximum=2; C: QoS 2 1, 2; B: PUBREC 1; C: PUBREL 1 and PUBLISH 3.
-- Defect: c-quota-freed-on-pubrec
return scenario {
  title = "PUBREC gives a client no place back, PUBCOMP does",
  clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-2" },
  versions = { "5.0" },
  tags = { "defect:c-quota-freed-on-pubrec" },
  broker = { receive_maximum = 2 },
  link = { delay = "100ms" },
  run = function(t)
    local client = t:client("c")
    client:connect()
    local sent = {}
    for i = 1, 6 do sent[i] = client:publish("t", "m" .. i, { qos = 2 }) end
    for i = 1, 6 do sent[i]:wait("20s") end
  end,
}
