-- LabOverWire/mqtt-lib#129, https://github.com/LabOverWire/mqtt-lib/issues/129; broker, MQTT 5.0.
-- Wrong: a Reason String made an answer larger than the client's Maximum Packet Size.
-- Trigger: C: CONNECT maximum_packet_size=20; C: PUBLISH q1 to a topic that it may not use; B: a PUBACK of more than
-- 20 bytes.
-- Defect: b-reason-string-too-large
return scenario {
  title = "A Reason String that does not fit is left out",
  clauses = { "v5:MQTT-3.4.2-2", "v5:MQTT-3.5.2-2", "v5:MQTT-3.1.2-24" },
  versions = { "5.0" },
  tags = { "defect:b-reason-string-too-large" },
  broker = { topic_rules = { { filter = "open/#", publish = true, subscribe = true } } },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { maximum_packet_size = 20 })
    client:connect()
    for qos = 1, 2 do
      local m = client:publish("closed/a/long/way/down", "x", { qos = qos })
      t:sleep("2s")
      t:check(m.reason == 0x87, "it is refused")
    end
    t:check(client:connected(), "the connection stays")
  end,
}
