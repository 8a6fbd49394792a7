-- vernemq/vernemq#1287, https://github.com/vernemq/vernemq/issues/1287; broker, MQTT 5.0.
-- Wrong: live messages carried the Subscription Identifier, the retained one did not.
-- Trigger: P: PUBLISH retain; S: SUBSCRIBE with Subscription Identifier 1; B>S: PUBLISH without it.
-- Defect: b-subid-missing
return scenario {
  title = "A retained message names the Subscription Identifier too",
  clauses = { "v5:MQTT-3.3.4-3" },
  versions = { "5.0" },
  requires = { "subscription_ids" },
  tags = { "defect:b-subid-missing" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1, retain = true }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1, subscription_identifier = 1 })
    t:sleep("2s")
    pub:publish("t", "y", { qos = 1 }):wait("10s")
    t:sleep("2s")
    sub:expect { topic = "t", payload = "x", retain = true }
    sub:expect { topic = "t", payload = "y" }
  end,
}
