return scenario {
  title = "CleanSession 0: the subscription survives, Session Present says so",
  clauses = { "v3:MQTT-3.1.2-4", "v3:MQTT-3.2.2-2", "v3:MQTT-3.2.2-3",
              "v5:MQTT-3.1.2-5", "v5:MQTT-3.1.2-6", "v5:MQTT-3.1.2-23", "v5:MQTT-3.2.2-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    t:check(not sub:connect().session_present, "nothing was stored before")
    sub:subscribe("news", { qos = 1 })
    sub:disconnect()
    t:sleep("5s")
    t:check(sub:connect().session_present, "the session is present")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("news", "hello", { qos = 1 }):wait("10s")
    sub:expect { topic = "news", payload = "hello" }
  end,
}
