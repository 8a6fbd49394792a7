return scenario {
  title = "Empty levels are levels: /finance has two",
  clauses = { "v3:MQTT-3.3.2-3", "v3:MQTT-4.7.3-4", "v5:MQTT-3.3.2-3", "v5:MQTT-4.7.3-4" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local two, slash = t:client("two"), t:client("slash")
    two:connect()
    two:subscribe("top/+/+", { qos = 1 })
    slash:connect()
    slash:subscribe("top//+", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("top//finance", "x", { qos = 1 }):wait("10s")
    two:expect { topic = "top//finance" }
    slash:expect { topic = "top//finance" }
    pub:publish("top/a/", "y", { qos = 1 }):wait("10s")
    two:expect { topic = "top/a/" }
    pub:publish("top/a", "z", { qos = 1 }):wait("10s")
    t:quiet("5s")
  end,
}
