return scenario {
  title = "QoS 2: a PUBLISH that never arrived is sent again and delivered once",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.4.0-1", "v3:MQTT-3.3.1-1",
              "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6",
              "v5:MQTT-4.4.0-1", "v5:MQTT-3.3.1-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBLISH", dir = "c>b" }
    local m = pub:publish("bill", "42", { qos = 2 })
    pub:wait_closed("30s")
    t:sleep("2s")
    pub:connect()
    m:wait("30s")
    sub:expect { topic = "bill", payload = "42" }
    t:quiet("10s")
  end,
}
