-- thingsboard/tbmq#320, https://github.com/thingsboard/tbmq/issues/320; broker, MQTT 3.1.1 and 5.0.
-- Wrong: a QoS 1 PUBLISH was sent again with DUP 0, after a resumption and also behind others.
-- Trigger: B>S: PUBLISH 1..3 q1; S acknowledges the second; cut; S resumes; B: PUBLISH 1, 3 DUP=0.
-- Defect: b-redeliver-dup0
return scenario {
  title = "Of three QoS 1 messages those without PUBACK come again, with DUP 1",
  clauses = { "v3:MQTT-3.3.1-1", "v5:MQTT-3.3.1-1" },
  tags = { "defect:b-redeliver-dup0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m", acks = "manual" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 3 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    sub:expect { topic = "t", count = 3 }
    sub:ack()
    t:sleep("1s")
    sub:drop("rst")
    sub:connect()
    t:sleep("2s")
    sub:expect { topic = "t", payload = "m2", dup = true }
    sub:expect { topic = "t", payload = "m3", dup = true }
    for _ = 1, 2 do sub:ack() end
    t:quiet("3s")
  end,
}
