-- nanomq/nanomq#525, https://github.com/nanomq/nanomq/issues/525; broker, MQTT 5.0.
-- Wrong: a retained message was delivered after its Message Expiry Interval.
-- Trigger: P: PUBLISH q1 retain expiry=3; 4 s; S: SUBSCRIBE; B>S: PUBLISH.
-- Defect: b-expired-retained-delivered
return scenario {
  title = "A retained message that has expired is not delivered",
  clauses = { "v5:MQTT-3.3.2-5" },
  versions = { "5.0" },
  tags = { "defect:b-expired-retained-delivered" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1, retain = true, message_expiry = "3s" }):wait("10s")
    t:sleep("6s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    t:quiet("5s")
  end,
}
