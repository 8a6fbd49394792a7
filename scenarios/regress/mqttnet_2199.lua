-- dotnet/MQTTnet#2199, https://github.com/dotnet/MQTTnet/issues/2199; broker, MQTT 5.0.
-- Wrong: the Topic Aliases of publishers were copied; one number meant two topics to a subscriber, or was too large
-- for it.
-- Trigger: S: topic_alias_maximum=5; P1: PUBLISH a alias=6; P2: PUBLISH b alias=6; B>S: both with alias 6.
-- Defect: b-alias-forwarded
return scenario {
  title = "A broker chooses Topic Aliases by itself, within the subscriber's maximum",
  clauses = { "v5:MQTT-3.1.2-26", "v5:MQTT-3.3.2-11" },
  versions = { "5.0" },
  tags = { "defect:b-alias-forwarded" },
  broker = { topic_alias_maximum = 10 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { topic_alias_maximum = 5 })
    sub:connect()
    sub:subscribe("+", { qos = 1 })
    for _, topic in ipairs { "a", "b" } do
      local pub = t:client("publisher_" .. topic)
      pub:connect()
      pub:publish(topic, "x", { qos = 1, topic_alias = 6 }):wait("10s")
    end
    t:sleep("2s")
    t:check(sub:connected(), "the connection stays")
    sub:expect { topic = "a", payload = "x" }
    sub:expect { topic = "b", payload = "x" }
  end,
}
