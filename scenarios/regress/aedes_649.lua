-- moscajs/aedes#649, https://github.com/moscajs/aedes/issues/649; broker, MQTT 3.1.1.
-- Wrong: a client that came back while messages were being published got new ones among those that had waited (88,
-- 89, 192, 90).
-- Trigger: S away; P: PUBLISH 20 a second; S resumes while P goes on.
-- Defect: b-live-before-backlog
return scenario {
  title = "Live messages do not overtake the backlog of a resumed Session",
  clauses = { "v3:MQTT-4.6.0-6", "v5:MQTT-4.6.0-5" },
  tags = { "defect:b-live-before-backlog" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    t:parallel(
      function()
        for i = 1, 40 do
          pub:publish("t", "m" .. i, { qos = 1 })
          t:sleep("50ms")
        end
      end,
      function()
        t:sleep("1s")
        sub:connect()
      end)
    sub:expect { topic = "t", count = 40 }
    t:quiet("3s")
  end,
}
