return scenario {
  title = "What an application published before it had a connection is sent, also where the Session is new",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.3-1", "v3:MQTT-3.2.2-3",
              "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.3-2", "v5:MQTT-3.2.2-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("log/#", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    -- Never sent, so it is the application's still, and of no Session.
    pub:publish("log/1", "first", { qos = 1 })
    pub:publish("log/2", "second", { qos = 2 })
    t:check(not pub:connect().session_present, "the Session is new")
    t:sleep("5s")
    sub:expect { topic = "log/1", payload = "first" }
    sub:expect { topic = "log/2", payload = "second" }
    t:quiet("3s")
  end,
}
