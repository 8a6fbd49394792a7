return scenario {
  title = "Packet Identifiers near 65,535 go on at the next free one, and never with 0",
  clauses = { "v3:MQTT-2.3.1-1", "v3:MQTT-2.3.1-2", "v3:MQTT-2.3.1-4", "v5:MQTT-2.2.1-3", "v5:MQTT-2.2.1-4" },
  versions = { "3.1.1", "5.0" },
  broker = { first_packet_identifier = 65530 },
  link = { delay = "50ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("n", { qos = 1 })
    local pub = t:client("publisher", { first_packet_identifier = 65530 })
    pub:connect()
    for i = 1, 15 do pub:publish("n", tostring(i), { qos = 1 }):wait("10s") end
    sub:expect { topic = "n", count = 15 }
    t:quiet("3s")
  end,
}
