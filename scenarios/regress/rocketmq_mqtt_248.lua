-- apache/rocketmq-mqtt#248, https://github.com/apache/rocketmq-mqtt/issues/248; broker, MQTT 3.1.1 and 5.0.
-- Wrong: messages of shared subscriptions counted as acknowledged when they had been written; QoS 1 was at most once.
-- Trigger: S: SUBSCRIBE $share/g/t q1; B>S: PUBLISH q1, lost with the connection; S resumes; B: nothing.
-- Defect: b-dead-socket-counts-as-delivered
return scenario {
  title = "A message of a shared subscription is kept until its PUBACK",
  clauses = { "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3", "v5:MQTT-4.8.2-3" },
  versions = { "5.0" },
  requires = { "shared_subscriptions" },
  tags = { "defect:b-dead-socket-counts-as-delivered" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("$share/g/t", { qos = 1 })
    sub:link():cut { before = "PUBLISH", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1 }):wait("10s")
    sub:wait_closed("10s")
    t:check(sub:connect().session_present, "the session is present")
    t:sleep("3s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
