return scenario {
  title = "Packet Identifiers: one that is still in use is passed over, in both directions",
  clauses = { "v3:MQTT-2.3.1-2", "v3:MQTT-2.3.1-4", "v5:MQTT-2.2.1-3", "v5:MQTT-2.2.1-4" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { acks = "manual" })
    sub:connect()
    sub:subscribe("n", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:hold("PUBREL")
    local held = pub:publish("held", "x", { qos = 2 })
    for i = 1, 12 do pub:publish("n", tostring(i), { qos = 1 }):wait("10s") end
    sub:expect { topic = "n", count = 12 }
    for _ = 1, 12 do sub:ack() end
    pub:release()
    held:wait("10s")
    t:quiet("3s")
  end,
}
