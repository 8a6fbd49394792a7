return scenario {
  title = "Only the last retained message of a topic is kept",
  clauses = { "v3:MQTT-3.3.1-5", "v3:MQTT-3.3.1-6", "v5:MQTT-3.3.1-5", "v5:MQTT-3.3.1-9" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    for i, payload in ipairs { "old", "newer", "newest" } do
      pub:publish("state", payload, { qos = i - 1, retain = true }):wait("10s")
    end
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 2 })
    sub:expect { topic = "state", payload = "newest", retain = true }
    t:quiet("5s")
  end,
}
