-- rmqtt/rmqtt#513, https://github.com/rmqtt/rmqtt/issues/513; broker, MQTT 5.0.
-- Wrong: a retained message was read back after 30 s with the Message Expiry Interval with which it had been
-- published.
-- Trigger: P: PUBLISH retain expiry=120; 30 s; S: SUBSCRIBE; B>S: PUBLISH expiry=120.
-- Defect: b-expiry-not-decremented
return scenario {
  title = "A message is passed on with what is left of its Message Expiry Interval",
  clauses = { "v5:MQTT-3.3.2-6" },
  versions = { "5.0" },
  tags = { "defect:b-expiry-not-decremented" },
  link = { delay = "30ms" },
  slow = true,
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1, retain = true, message_expiry = "120s" }):wait("10s")
    t:sleep("30s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local m = sub:expect({ topic = "t", payload = "x" })[1]
    t:check((m.properties.message_expiry_interval or 120) <= 91, "30 seconds are gone")
  end,
}
