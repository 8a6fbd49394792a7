return scenario {
  title = "A client that reconnects with CleanSession 1 sends nothing of its old session again",
  clauses = { "v3:MQTT-3.1.2-6", "v5:MQTT-3.1.2-4" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBACK" }
    pub:publish("a", "old", { qos = 1 })
    pub:wait_closed("30s")
    t:sleep("1s")
    pub:connect { clean = true }
    t:sleep("2s")
    pub:publish("a", "new", { qos = 1 }):wait("10s")
    t:sleep("2s")
  end,
}
