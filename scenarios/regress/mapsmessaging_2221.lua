-- Maps-Messaging/mapsmessaging_server#2221, https://github.com/Maps-Messaging/mapsmessaging_server/issues/2221;
-- broker, MQTT 5.0.
-- Wrong: a stored message was delivered to a new subscription with RETAIN 0; nobody could tell it from a live one.
-- Trigger: P: PUBLISH q1 retain; S: SUBSCRIBE with all options 0; B>S: PUBLISH retain=0.
-- Defect: b-retain-flag-missing-on-replay
return scenario {
  title = "What a SUBSCRIBE brings has RETAIN 1",
  clauses = { "v3:MQTT-3.3.1-8" },
  versions = { "3.1.1" }, -- 5.0 says it without a number
  tags = { "defect:b-retain-flag-missing-on-replay" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "state", { qos = 1, retain = true }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    t:sleep("2s")
    sub:expect { topic = "t", payload = "state", retain = true }
    t:quiet("3s")
  end,
}
