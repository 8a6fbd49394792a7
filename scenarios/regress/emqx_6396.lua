-- emqx/emqx#6396, https://github.com/emqx/emqx/pull/6396; broker, MQTT 3.1.1 and 5.0.
-- Wrong: while a Session passed from one connection to the next, the old process still queued messages, and they were
-- lost.
-- Trigger: S's connection is dead, the broker does not know; P: PUBLISH q1; S': CONNECT; the message is in the old
-- queue.
-- Defect: b-takeover-loses-concurrent-message
return scenario {
  title = "What arrives around a takeover belongs to the Session",
  clauses = { "v3:MQTT-4.5.0-1", "v3:MQTT-4.4.0-1", "v3:MQTT-4.1.0-1", "v5:MQTT-4.5.0-1", "v5:MQTT-4.4.0-1" },
  tags = { "defect:b-takeover-loses-concurrent-message" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("device", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:drop("vanish")
    local pub = t:client("publisher")
    pub:connect()
    local sent = {}
    t:parallel(
      function()
        for i = 1, 8 do
          sent[i] = pub:publish("t", "m" .. i, { qos = 1 })
          t:sleep("20ms")
        end
      end,
      function()
        t:sleep("50ms")
        sub:connect()
      end)
    for i = 1, 8 do sent[i]:wait("10s") end
    t:sleep("3s")
    for i = 1, 8 do sub:expect { topic = "t", payload = "m" .. i } end
    t:quiet("3s")
  end,
}
