-- emqx/emqx#14707, https://github.com/emqx/emqx/pull/14707; broker, MQTT 3.1.1 and 5.0.
-- Wrong: a QoS 2 PUBLISH with DUP 1 was refused as a bad packet, so that no exchange could be resumed.
-- Trigger: P: PUBLISH q2 id=3; cut before PUBREC; P resumes, PUBLISH 3 DUP; B closes the connection.
-- Defect: b-qos2-reject-dup1
return scenario {
  title = "A QoS 2 PUBLISH with DUP 1 is a good packet",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-3.3.1-1", "v5:MQTT-4.3.3-8", "v5:MQTT-3.3.1-1" },
  tags = { "defect:b-qos2-reject-dup1" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher", { clean = false, session_expiry = "1h", first_packet_identifier = 3 })
    pub:connect()
    pub:link():cut { before = "PUBREC" }
    local m = pub:publish("t", "x", { qos = 2 })
    pub:wait_closed("10s")
    pub:connect()
    t:sleep("3s")
    t:check(pub:connected(), "the resumed connection stays")
    m:wait("10s")
  end,
}
