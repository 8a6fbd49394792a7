-- eclipse-mosquitto/mosquitto#874, https://github.com/eclipse-mosquitto/mosquitto/issues/874; broker, MQTT 3.1.1.
-- Wrong: after a persistent Session, CleanSession 1 left the old subscription half alive; the new one got nothing.
-- Trigger: S: CONNECT clean=0, SUBSCRIBE q1, DISCONNECT; S: CONNECT clean=1, SUBSCRIBE q1; P: PUBLISH.
-- Defect: b-clean-session-kept
return scenario {
  title = "CleanSession 1 ends the stored Session; what is subscribed then works",
  clauses = { "v3:MQTT-3.1.2-6", "v3:MQTT-3.3.2-3", "v5:MQTT-3.1.2-4", "v5:MQTT-3.3.2-3" },
  tags = { "defect:b-clean-session-kept" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("s", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("old", { qos = 1 })
    sub:subscribe("topic", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("topic", "missed", { qos = 1 }):wait("10s")
    t:check(not sub:connect({ clean = true }).session_present, "the session is new")
    sub:subscribe("topic", { qos = 1 })
    pub:publish("old", "not wanted", { qos = 1 }):wait("10s")
    pub:publish("topic", "one", { qos = 1 }):wait("10s")
    t:sleep("2s")
    sub:expect { topic = "topic", payload = "one" }
    t:quiet("3s")
  end,
}
