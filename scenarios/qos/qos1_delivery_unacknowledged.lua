return scenario {
  title = "QoS 1: a delivery whose PUBACK was lost comes again with DUP 1 and the same identifier",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-3.3.1-1", "v3:MQTT-4.3.2-1",
              "v5:MQTT-4.4.0-1", "v5:MQTT-3.3.1-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("alarm", { qos = 1 })
    sub:link():cut { before = "PUBACK", dir = "c>b" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("alarm", "fire", { qos = 1 }):wait("30s")
    local first = sub:expect { topic = "alarm", payload = "fire", dup = false }[1]
    sub:wait_closed("30s")
    t:sleep("2s")
    sub:connect()
    local again = sub:expect { topic = "alarm", payload = "fire", dup = true }[1]
    t:check(again.packet_identifier == first.packet_identifier, "the same Packet Identifier")
    -- Acknowledged now: the next resumption brings nothing.
    sub:drop("rst")
    t:sleep("2s")
    sub:connect()
    t:quiet("5s")
  end,
}
