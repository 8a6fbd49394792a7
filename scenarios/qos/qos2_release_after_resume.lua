return scenario {
  title = "QoS 2: a message released on a new connection keeps its QoS and its RETAIN flag",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-3.8.4-6", "v3:MQTT-3.3.1-5",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-3.8.4-8", "v5:MQTT-3.3.1-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBREL", dir = "c>b" }
    local m = pub:publish("state", "on", { qos = 2, retain = true })
    pub:wait_closed("30s")
    t:sleep("3s")
    pub:connect()
    m:wait("30s")
    sub:expect { topic = "state", payload = "on", qos = 2 }
    local late = t:client("latecomer")
    late:connect()
    late:subscribe("state", { qos = 2 })
    late:expect { topic = "state", payload = "on", qos = 2, retain = true }
    t:quiet("5s")
  end,
}
