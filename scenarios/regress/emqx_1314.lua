-- emqx/emqx#1314, https://github.com/emqx/emqx/issues/1314; broker, MQTT 3.1.1.
-- Wrong: a second SUBSCRIBE to the same filter was taken for nothing new, and no retained messages were sent.
-- Trigger: P: PUBLISH retain; S: SUBSCRIBE; B: the message; S: the same SUBSCRIBE; B: SUBACK only.
-- Defect: b-retained-not-on-resubscribe
return scenario {
  title = "The same SUBSCRIBE again brings the retained message again",
  clauses = { "v3:MQTT-3.8.4-3", "v3:MQTT-3.3.1-6", "v5:MQTT-3.8.4-4", "v5:MQTT-3.3.1-9" },
  tags = { "defect:b-retained-not-on-resubscribe" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "state", { qos = 1, retain = true }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    for _ = 1, 3 do
      sub:subscribe("t", { qos = 1 })
      t:sleep("2s")
    end
    sub:expect { topic = "t", payload = "state", retain = true, count = 3 }
    t:quiet("3s")
  end,
}
