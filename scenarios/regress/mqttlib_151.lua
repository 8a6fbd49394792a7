-- LabOverWire/mqtt-lib#151, https://github.com/LabOverWire/mqtt-lib/issues/151; broker, MQTT 5.0.
-- Wrong: a message that was published while a Session was resumed came before one that had been queued for it.
-- Trigger: S away with m1 queued; the broker restarts; S: CONNECT and P: PUBLISH m2 in the same moment; B>S: m2, m1.
-- Defect: b-live-before-backlog
return scenario {
  title = "A message published in the moment of a resumption comes after those that waited",
  clauses = { "v3:MQTT-4.6.0-6", "v5:MQTT-4.6.0-5" },
  tags = { "defect:b-live-before-backlog" },
  worlds = { "sim" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher", { clean = false, session_expiry = "5m" })
    pub:connect()
    pub:publish("t", "m1", { qos = 1 }):wait("10s")
    t:broker():restart { keep = "session", down = "1s" }
    t:sleep("2s")
    pub:connect()
    local m2
    t:parallel(
      function() sub:connect() end,
      function()
        t:sleep("85ms")
        m2 = pub:publish("t", "m2", { qos = 1 })
      end)
    m2:wait("10s")
    sub:expect { topic = "t", count = 2 }
    t:quiet("3s")
  end,
}
