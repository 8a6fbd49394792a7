-- apache/bifromq#281, https://github.com/apache/bifromq/issues/281; broker, MQTT 5.0, disputed by its maintainers.
-- Wrong: SUBACK came before the subscription had taken effect in all of a cluster; a message right after it was not
-- delivered.
-- Trigger: S: SUBSCRIBE q1; B: SUBACK; P: PUBLISH at once; S: nothing.
-- Defect: b-suback-before-effective
return scenario {
  title = "After SUBACK a subscription gets what is published",
  clauses = { "v3:MQTT-4.5.0-1", "v5:MQTT-4.5.0-1" },
  tags = { "defect:b-suback-before-effective" },
  link = { delay = "10ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    pub:publish("t", "x", { qos = 1 }):wait("10s")
    t:sleep("3s")
    sub:expect { topic = "t", payload = "x" }
  end,
}
