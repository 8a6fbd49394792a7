return scenario {
  title = "Messages without RETAIN leave the retained message as it was",
  clauses = { "v3:MQTT-3.3.1-12", "v5:MQTT-3.3.1-8" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("kept", "retained", { qos = 1, retain = true }):wait("10s")
    pub:publish("kept", "passing", { qos = 1 }):wait("10s")
    pub:publish("kept", "", { qos = 1 }):wait("10s")
    pub:publish("never", "passing", { qos = 1 }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe({ "kept", "never" }, { qos = 1 })
    sub:expect { topic = "kept", payload = "retained", retain = true }
    t:quiet("5s")
  end,
}
