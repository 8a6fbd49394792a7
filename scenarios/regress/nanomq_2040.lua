-- nanomq/nanomq#2040, https://github.com/nanomq/nanomq/issues/2040; broker, MQTT 5.0.
-- Wrong: a PUBLISH with a Topic Alias alone was forwarded as it was, with an empty Topic Name.
-- Trigger: P: PUBLISH t alias=1; P: PUBLISH "" alias=1; B>S: PUBLISH with a Topic Alias that S never allowed.
-- Defect: b-alias-forwarded
return scenario {
  title = "A message that came by its Topic Alias alone is forwarded by its name",
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
    pub:publish("t", "x", { qos = 1, topic_alias = 1 }):wait("10s")
    pub:publish("", "y", { qos = 1, topic_alias = 1 }):wait("10s")
    t:sleep("2s")
    for _, payload in ipairs { "x", "y" } do sub:expect { topic = "t", payload = payload } end
  end,
}
