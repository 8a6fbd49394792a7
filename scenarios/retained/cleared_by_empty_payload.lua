return scenario {
  title = "An empty retained message reaches present subscribers and removes the retained one",
  clauses = { "v3:MQTT-3.3.1-10", "v3:MQTT-3.3.1-11", "v5:MQTT-3.3.1-6", "v5:MQTT-3.3.1-7" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "on", { qos = 1, retain = true }):wait("10s")
    local present = t:client("present")
    present:connect()
    present:subscribe("state", { qos = 1 })
    present:expect { topic = "state", payload = "on", retain = true }
    pub:publish("state", "", { qos = 1, retain = true }):wait("10s")
    present:expect { topic = "state", payload = "", retain = false }
    local late = t:client("latecomer")
    late:connect()
    late:subscribe("state", { qos = 1 })
    t:quiet("5s")
  end,
}
