-- moquette-io/moquette#12, https://github.com/moquette-io/moquette/issues/12; broker, MQTT 3.1.1.
-- Wrong: stored messages were not removed when they were acknowledged; each reconnect brought all ten again.
-- Trigger: S away; P: m1..m10; S resumes, acknowledges all, DISCONNECT; S resumes; B: m1..m10 again.
-- Defect: b-acked-message-redelivered
return scenario {
  title = "A backlog that was acknowledged does not come again",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.3-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3", "v5:MQTT-4.4.0-1" },
  tags = { "defect:b-acked-message-redelivered" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 10 do pub:publish("t", "m" .. i, { qos = 2 }):wait("10s") end
    sub:connect()
    sub:expect { topic = "t", count = 10 }
    t:sleep("1s")
    sub:disconnect()
    sub:connect()
    t:quiet("5s")
  end,
}
