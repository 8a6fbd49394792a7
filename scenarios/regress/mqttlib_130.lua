-- LabOverWire/mqtt-lib#130, https://github.com/LabOverWire/mqtt-lib/issues/130; broker, MQTT 5.0.
-- Wrong: a publisher's Topic Alias 9 reached a subscriber that allowed none.
-- Trigger: S: CONNECT without Topic Alias Maximum; P: PUBLISH alias=9; B>S: PUBLISH alias=9.
-- Defect: b-alias-forwarded
return scenario {
  title = "A publisher's Topic Alias does not reach a subscriber that allows none",
  clauses = { "v5:MQTT-3.1.2-27", "v5:MQTT-3.3.2-11" },
  versions = { "5.0" },
  tags = { "defect:b-alias-forwarded" },
  broker = { topic_alias_maximum = 10 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1, topic_alias = 9 }):wait("10s")
    t:sleep("2s")
    t:check(sub:connected(), "the connection stays")
    sub:expect { topic = "t", payload = "x", properties = { topic_alias = false } }
  end,
}
