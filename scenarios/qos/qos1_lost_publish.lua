return scenario {
  title = "QoS 1: a PUBLISH that is cut in half is sent again, with DUP and the same identifier",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-3.3.1-1", "v3:MQTT-2.3.1-3", "v5:MQTT-4.4.0-1", "v5:MQTT-3.3.1-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("alarm", { qos = 1 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { inside = "PUBLISH", dir = "c>b", at_byte = 5 }
    local m = pub:publish("alarm", "fire", { qos = 1 })
    pub:wait_closed("30s")
    t:sleep("2s")
    t:check(pub:connect().session_present, "the session is still there")
    m:wait("30s")
    sub:expect { topic = "alarm", payload = "fire", qos = 1 }
    t:quiet("5s")
  end,
}
