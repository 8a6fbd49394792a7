-- erlio/vmq_server#28, https://github.com/erlio/vmq_server/pull/28; broker, MQTT 3.1.1.
-- Wrong: a backlog that was larger than the window was pushed in pieces, in a wrong order.
-- Trigger: S away; P: 1..30 q1, with a window of 20; S resumes and acknowledges at once.
-- Defect: b-backlog-chunks-reversed
return scenario {
  title = "A backlog larger than the window comes in its order",
  clauses = { "v3:MQTT-4.6.0-6", "v5:MQTT-4.6.0-5" },
  tags = { "defect:b-backlog-chunks-reversed" },
  broker = { inflight_max = 20 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 30 do pub:publish("t", "m" .. i, { qos = 1 }) end
    t:sleep("2s")
    sub:connect()
    sub:expect { topic = "t", count = 30 }
    for i, m in ipairs(sub:received("t")) do t:check(m.payload == "m" .. i, "message " .. i .. " is m" .. i) end
    t:quiet("3s")
  end,
}
