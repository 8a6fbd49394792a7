-- moscajs/aedes#994, https://github.com/moscajs/aedes/issues/994; broker, MQTT 3.1.1.
-- Wrong: messages carried a counter; when a QoS 0 message overtook a QoS 2 one, the latter was below the counter and
-- dropped.
-- Trigger: P: PUBLISH q2 "A" and, before its exchange is over, PUBLISH q0 "hb" on the same topic; S gets "hb" only.
-- Defect: b-overtake-drops-older
return scenario {
  title = "A QoS 2 message is delivered though a QoS 0 message has overtaken it",
  clauses = { "v3:MQTT-4.5.0-1", "v3:MQTT-4.3.3-2", "v5:MQTT-4.5.0-1" },
  tags = { "defect:b-overtake-drops-older" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("x", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    local m = pub:publish("x", "A", { qos = 2 })
    pub:publish("x", "hb")
    m:wait("10s")
    t:sleep("2s")
    sub:expect { topic = "x", payload = "A" }
    sub:expect { topic = "x", payload = "hb" }
    t:quiet("3s")
  end,
}
