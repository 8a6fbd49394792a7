-- dotnet/MQTTnet#1569, https://github.com/dotnet/MQTTnet/pull/1569; broker, MQTT 3.1.1 and 5.0.
-- Wrong: a Session that was used again kept PUBLISH packets that had been delivered, and sent them after each
-- reconnect.
-- Trigger: S away; P: PUBLISH q1; S resumes: PUBLISH, PUBACK; connection lost, not closed; S resumes; B: PUBLISH DUP.
-- Defect: b-acked-message-redelivered
return scenario {
  title = "One message, acknowledged at once, does not come with any of the next three connections",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-3" },
  tags = { "defect:b-acked-message-redelivered" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1 }):wait("10s")
    sub:expect { topic = "t", payload = "x" }
    for _ = 1, 3 do
      t:sleep("1s")
      sub:drop("rst")
      sub:connect()
    end
    t:quiet("5s")
  end,
}
