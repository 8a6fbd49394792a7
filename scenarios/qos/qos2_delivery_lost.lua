return scenario {
  title = "QoS 2 to a subscriber: the PUBLISH is lost with the connection and comes again with DUP",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-3.3.1-1", "v3:MQTT-4.3.3-1",
              "v5:MQTT-4.4.0-1", "v5:MQTT-3.3.1-1", "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4",
              "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    sub:link():cut { before = "PUBLISH", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("bill", "42", { qos = 2 }):wait("30s")
    sub:wait_closed("30s")
    t:sleep("3s")
    sub:connect()
    sub:expect { topic = "bill", payload = "42", qos = 2, dup = true }
    t:quiet("10s")
  end,
}
