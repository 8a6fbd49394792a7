-- vernemq/vernemq#1950, https://github.com/vernemq/vernemq/issues/1950; broker, MQTT 5.0.
-- Wrong: what was delivered again after a reconnect had a new Packet Identifier (24, then 12), and was taken for a
-- new message.
-- Trigger: B>S: PUBLISH q2 id=24; S: PUBREC 24, lost with the connection; S resumes; B: PUBLISH id=12, the same
-- message.
-- Defect: b-redeliver-with-new-id
return scenario {
  title = "A QoS 2 message is delivered again under its old identifier",
  clauses = { "v3:MQTT-4.4.0-1", "v5:MQTT-4.4.0-1" },
  tags = { "defect:b-redeliver-with-new-id" },
  broker = { first_packet_identifier = 24 },
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
    t:quiet("5s")
  end,
}
