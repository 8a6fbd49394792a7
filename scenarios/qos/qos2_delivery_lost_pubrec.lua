return scenario {
  title = "QoS 2 to a subscriber: its PUBREC is lost, the PUBLISH comes again, the application sees it once",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2",
              "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5",
              "v5:MQTT-4.3.3-6", "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    sub:link():cut { before = "PUBREC", dir = "c>b" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("bill", "42", { qos = 2 }):wait("30s")
    sub:expect { topic = "bill", payload = "42" }
    sub:wait_closed("30s")
    t:sleep("3s")
    sub:connect()
    t:quiet("10s")
  end,
}
