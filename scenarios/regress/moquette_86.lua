-- moquette-io/moquette#86, https://github.com/moquette-io/moquette/issues/86; broker, MQTT 3.1.1.
-- Wrong: a QoS 1 message was forgotten when it was written, not when it was acknowledged.
-- Trigger: B>S: PUBLISH q1, lost with the connection; S resumes, Session Present 1; B: nothing.
-- Defect: b-dead-socket-counts-as-delivered
return scenario {
  title = "A QoS 1 message is kept until its PUBACK",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.2-1", "v3:MQTT-4.5.0-1", "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3" },
  tags = { "defect:b-dead-socket-counts-as-delivered" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:link():cut { before = "PUBLISH", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1 }):wait("10s")
    sub:wait_closed("10s")
    t:check(sub:connect().session_present, "the session is present")
    t:sleep("5s")
    sub:expect { topic = "t", payload = "x", dup = true }
    t:quiet("3s")
  end,
}
