-- moscajs/aedes#601, https://github.com/moscajs/aedes/issues/601; broker, MQTT 3.1.1.
-- Wrong: a QoS 2 PUBLISH was sent again without DUP; strict clients closed, came back and got it again.
-- Trigger: B>S: PUBLISH q2; S silent until its Keep Alive has passed; S resumes, Session Present 1; B: PUBLISH q2
-- DUP=0.
-- Defect: b-redeliver-dup0
return scenario {
  title = "A QoS 2 PUBLISH to a client that fell silent comes again with DUP 1",
  clauses = { "v3:MQTT-3.3.1-1", "v5:MQTT-3.3.1-1" },
  tags = { "defect:b-redeliver-dup0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m", keepalive = "5s" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    sub:drop("vanish")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    t:sleep("10s")
    t:check(sub:connect().session_present, "the session is present")
    sub:expect { topic = "t", payload = "x", dup = true }
    t:quiet("3s")
  end,
}
