return scenario {
  title = "QoS 1: when the PUBACK is lost the message is sent again: at least once, here twice",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.4.0-1", "v3:MQTT-3.3.1-1", "v3:MQTT-3.3.1-3",
              "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3", "v5:MQTT-4.4.0-1", "v5:MQTT-3.3.1-1",
              "v5:MQTT-3.3.1-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("alarm", { qos = 1 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBACK" }
    local m = pub:publish("alarm", "fire", { qos = 1 })
    pub:wait_closed("30s")
    t:sleep("2s")
    pub:connect()
    m:wait("30s")
    -- The broker may recognise nothing: a second delivery is what QoS 1 allows, and it is a new one (DUP 0).
    sub:expect { topic = "alarm", payload = "fire", dup = false }
    local after = pub:publish("alarm", "out", { qos = 1 })
    after:wait("30s")
    sub:expect { topic = "alarm", payload = "out", dup = false }
  end,
}
