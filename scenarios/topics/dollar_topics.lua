return scenario {
  title = "Filters that begin with a wildcard do not match topics that begin with $",
  clauses = { "v3:MQTT-4.7.2-1", "v5:MQTT-4.7.2-1" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  topics = "absolute",
  link = { delay = "30ms" },
  run = function(t)
    local all, level, exact = t:client("all"), t:client("level"), t:client("exact")
    all:connect()
    all:subscribe("#", { qos = 1 })
    level:connect()
    level:subscribe("+/drill", { qos = 1 })
    exact:connect()
    exact:subscribe("$drill/#", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("$drill", "hidden", { qos = 1 }):wait("10s")
    pub:publish("$drill/drill", "hidden", { qos = 1 }):wait("10s")
    exact:expect { count = 2 }
    t:quiet("3s")
    pub:publish("open/drill", "seen", { qos = 1 }):wait("10s")
    all:expect { topic = "open/drill" }
    level:expect { topic = "open/drill" }
    t:quiet("3s")
  end,
}
