return scenario {
  title = "Unacknowledged messages are sent again in their original order, with their identifiers",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.6.0-1", "v3:MQTT-4.6.0-6",
              "v5:MQTT-4.4.0-1", "v5:MQTT-4.6.0-1", "v5:MQTT-4.6.0-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "100ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h", acks = "manual" })
    sub:connect()
    sub:subscribe("news", { qos = 1 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    -- Towards the broker: six messages of which none is acknowledged.
    pub:link():cut { before = "PUBACK" }
    local sent = {}
    for i = 1, 6 do sent[i] = pub:publish("news", "n" .. i, { qos = 1 }) end
    pub:wait_closed("30s")
    t:sleep("1s")
    pub:connect()
    for i = 1, 6 do sent[i]:wait("30s") end
    -- Towards the subscriber: it has acknowledged nothing.
    sub:expect { topic = "news", count = 6, within = "20s" }
    sub:drop("rst")
    t:sleep("1s")
    sub:connect()
    sub:expect { topic = "news", count = 6, dup = true, within = "20s" }
    t:sleep("2s")
    for _ = 1, 6 do sub:ack() end
    t:quiet("3s")
  end,
}
