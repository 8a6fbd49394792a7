-- LabOverWire/mqtt-lib#46, https://github.com/LabOverWire/mqtt-lib/pull/46; broker, MQTT 5.0.
-- Wrong: the DUP flag of a publisher was passed on to subscribers, who had seen nothing before.
-- Trigger: P: PUBLISH q1 DUP=1; B>S: PUBLISH DUP=1.
-- Defect: b-dup-propagated
return scenario {
  title = "A publisher's DUP flag is not passed on",
  clauses = { "v3:MQTT-3.3.1-3", "v3:MQTT-4.3.2-1", "v5:MQTT-3.3.1-3" },
  tags = { "defect:b-dup-propagated" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher", { clean = false, session_expiry = "5m" })
    pub:connect()
    pub:link():cut { before = "PUBLISH", dir = "c>b" }
    local m = pub:publish("t", "x", { qos = 1 })
    pub:wait_closed("10s")
    pub:connect()
    m:wait("10s")
    sub:expect { topic = "t", payload = "x", dup = false }
    t:quiet("3s")
  end,
}
