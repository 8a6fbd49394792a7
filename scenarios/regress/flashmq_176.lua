-- halfgaar/FlashMQ#176, https://github.com/halfgaar/FlashMQ/issues/176; broker, MQTT 5.0.
-- Wrong: a PUBLISH that was sent again after a resumption had its old identifier, but DUP 0.
-- Trigger: B>S: PUBLISH q1; cut before PUBACK; S resumes, Session Present 1; B: PUBLISH DUP=0.
-- Defect: b-redeliver-dup0
return scenario {
  title = "A QoS 1 PUBLISH whose PUBACK was lost comes again with DUP 1",
  clauses = { "v3:MQTT-3.3.1-1", "v5:MQTT-3.3.1-1" },
  tags = { "defect:b-redeliver-dup0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:link():cut { before = "PUBACK", dir = "c>b" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1 }):wait("10s")
    sub:wait_closed("10s")
    sub:connect()
    sub:expect { topic = "t", payload = "x", dup = false }
    sub:expect { topic = "t", payload = "x", dup = true }
    t:quiet("3s")
  end,
}
