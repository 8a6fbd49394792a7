return scenario {
  title = "CleanSession 1: nothing of an earlier session is left, and nothing is kept",
  clauses = { "v3:MQTT-3.1.2-6", "v3:MQTT-3.2.2-1", "v5:MQTT-3.1.2-4", "v5:MQTT-3.2.2-2" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("news", { qos = 1 })
    sub:disconnect()
    pub:publish("news", "while away", { qos = 1 }):wait("10s")
    t:check(not sub:connect { clean = true, session_expiry = 0 }.session_present, "a clean session is not present")
    pub:publish("news", "to nobody", { qos = 1 }):wait("10s")
    t:quiet("5s")
    sub:disconnect()
    t:sleep("1s")
    t:check(not sub:connect { clean = false }.session_present, "the clean session was not stored")
    pub:publish("news", "to nobody again", { qos = 1 }):wait("10s")
    t:quiet("5s")
  end,
}
