return scenario {
  title = "Messages of QoS 1 and 2 wait for a session that is away, and come in their order",
  clauses = { "v3:MQTT-3.1.2-5", "v3:MQTT-4.5.0-1", "v3:MQTT-4.6.0-6",
              "v5:MQTT-3.1.2-23", "v5:MQTT-4.5.0-1", "v5:MQTT-4.6.0-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("news/#", { qos = 2 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 12 do pub:publish("news/" .. i % 2 + 1, "n" .. i, { qos = i % 2 + 1 }):wait("10s") end
    t:sleep("2s")
    t:check(sub:connect().session_present, "the session is present")
    sub:expect { topic = "news/#", count = 12, within = "20s" }
    t:quiet("5s")
  end,
}
