return scenario {
  title = "Topics are compared as they are: slashes, case and spaces count",
  clauses = { "v3:MQTT-4.7.3-4", "v3:MQTT-3.3.2-3", "v5:MQTT-4.7.3-4", "v5:MQTT-3.3.2-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe({ "finance", "a b/c", "ÄÖ/ü", "room/+" }, { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for _, topic in ipairs { "/finance", "finance/", "Finance", "a  b/c", "äö/ü" } do
      pub:publish(topic, "no", { qos = 1 }):wait("10s")
    end
    for _, topic in ipairs { "finance", "a b/c", "ÄÖ/ü", "room/B4" } do
      pub:publish(topic, "yes", { qos = 1 }):wait("10s")
      sub:expect { topic = topic, payload = "yes" }
    end
    t:quiet("5s")
  end,
}
