return scenario {
  title = "QoS 1: a delivery that never reached the subscriber is sent again when it comes back",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-3.3.1-1", "v3:MQTT-4.5.0-1",
              "v5:MQTT-4.4.0-1", "v5:MQTT-3.3.1-1", "v5:MQTT-4.5.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("alarm", { qos = 1 })
    sub:link():cut { before = "PUBLISH", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("alarm", "fire", { qos = 1 }):wait("30s")
    sub:wait_closed("30s")
    t:sleep("3s")
    t:check(sub:connect().session_present, "the session is still there")
    sub:expect { topic = "alarm", payload = "fire", qos = 1, dup = true }
    t:quiet("5s")
  end,
}
