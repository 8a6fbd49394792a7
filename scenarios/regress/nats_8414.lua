-- nats-io/nats-server#8414, https://github.com/nats-io/nats-server/pull/8414; broker, MQTT 3.1.1.
-- Wrong: a QoS 2 message that was released on a new connection was delivered at QoS 0, and was not retained.
-- Trigger: P: PUBLISH q2 retain id=1; B: PUBREC 1; cut; P resumes, PUBREL 1; B: PUBCOMP 1; S: PUBLISH q0.
-- Defect: b-qos2-release-loses-qos-retain
return scenario {
  title = "A message that is released on a new connection keeps its QoS and its RETAIN",
  clauses = { "v3:MQTT-3.8.4-6", "v3:MQTT-3.3.1-5", "v5:MQTT-3.8.4-8", "v5:MQTT-3.3.1-5" },
  tags = { "defect:b-qos2-release-loses-qos-retain" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "5m" })
    pub:connect()
    pub:link():cut { before = "PUBREL", dir = "c>b" }
    local m = pub:publish("t", "m", { qos = 2, retain = true })
    pub:wait_closed("10s")
    pub:connect()
    m:wait("10s")
    t:sleep("1s")
    local late = t:client("late")
    late:connect()
    late:subscribe("t", { qos = 2 })
    t:sleep("3s")
    sub:expect { topic = "t", payload = "m", qos = 2 }
    late:expect { topic = "t", payload = "m", qos = 2, retain = true }
    t:quiet("3s")
  end,
}
