return scenario {
  title = "UNSUBSCRIBE ends new deliveries; those under way are finished",
  clauses = { "v3:MQTT-3.10.4-2", "v3:MQTT-3.10.4-3", "v5:MQTT-3.10.4-2", "v5:MQTT-3.10.4-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h", acks = "manual" })
    sub:connect()
    sub:subscribe("job", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("job", "under way", { qos = 1 }):wait("10s")
    sub:expect { topic = "job", payload = "under way" }
    sub:unsubscribe("job")
    pub:publish("job", "too late", { qos = 1 }):wait("10s")
    -- Not acknowledged yet: it comes again on resumption although the subscription is gone.
    sub:drop("rst")
    t:sleep("1s")
    sub:connect()
    sub:expect { topic = "job", payload = "under way", dup = true }
    sub:ack()
    t:quiet("5s")
  end,
}
