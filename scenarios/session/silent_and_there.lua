-- A Keep Alive of 5 minutes allows the subscriber to be silent.
return scenario {
  title = "A session lasts as long as its connection, though the client is silent",
  clauses = { "v3:MQTT-4.1.0-2", "v5:MQTT-4.1.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { keepalive = 300 })
    sub:connect()
    sub:subscribe("bell", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("bell", "first", { qos = 1 }):wait("10s")
    sub:expect { topic = "bell", payload = "first" }
    t:sleep("15s")
    pub:publish("bell", "second", { qos = 1 }):wait("10s")
    sub:expect { topic = "bell", payload = "second" }
  end,
}
