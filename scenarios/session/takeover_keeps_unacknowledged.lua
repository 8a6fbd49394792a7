return scenario {
  title = "What a half-dead connection has not acknowledged goes to the connection that takes over",
  clauses = { "v3:MQTT-3.1.4-2", "v3:MQTT-4.4.0-1", "v3:MQTT-4.5.0-1",
              "v5:MQTT-3.1.4-3", "v5:MQTT-4.4.0-1", "v5:MQTT-4.5.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local device = t:client("device", { clean = false, session_expiry = "1h" })
    device:connect()
    device:subscribe("order", { qos = 1 })
    -- The connection dies and nobody tells the broker.
    device:drop("vanish")
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 3 do pub:publish("order", "o" .. i, { qos = 1 }):wait("10s") end
    t:sleep("1s")
    t:check(device:connect().session_present, "the session is present")
    for i = 1, 3 do device:expect { topic = "order", payload = "o" .. i } end
    t:quiet("5s")
  end,
}
