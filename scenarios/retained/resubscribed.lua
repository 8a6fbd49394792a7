return scenario {
  title = "Subscribing again to the same filter brings its retained messages again",
  clauses = { "v3:MQTT-3.8.4-3", "v3:MQTT-3.3.1-6", "v5:MQTT-3.8.4-4", "v5:MQTT-3.3.1-9" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "on", { qos = 1, retain = true }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    for _ = 1, 3 do
      sub:subscribe("state", { qos = 1 })
      sub:expect { topic = "state", payload = "on", retain = true }
    end
    t:quiet("5s")
  end,
}
