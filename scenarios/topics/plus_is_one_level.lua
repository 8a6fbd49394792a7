return scenario {
  title = "+ matches exactly one level",
  clauses = { "v3:MQTT-3.3.2-3", "v3:MQTT-4.5.0-1", "v5:MQTT-3.3.2-3", "v5:MQTT-4.5.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("sport/+/player", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("sport/tennis/player", "yes", { qos = 1 }):wait("10s")
    pub:publish("sport//player", "yes, empty", { qos = 1 }):wait("10s")
    pub:publish("sport/tennis/x/player", "no", { qos = 1 }):wait("10s")
    pub:publish("sport/player", "no", { qos = 1 }):wait("10s")
    pub:publish("sport/tennis/player/1", "no", { qos = 1 }):wait("10s")
    sub:expect { topic = "sport/tennis/player", payload = "yes" }
    sub:expect { topic = "sport//player", payload = "yes, empty" }
    t:quiet("5s")
  end,
}
