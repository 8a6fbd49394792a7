-- thingsboard/tbmq#372, https://github.com/thingsboard/tbmq/issues/372; broker, MQTT 5.0.
-- Wrong: 16 s after the end of a connection whose Session Expiry Interval was 3 s, its Session was still there.
-- Trigger: S: CONNECT session_expiry=3, SUBSCRIBE, DISCONNECT; 16 s; S: CONNECT clean=0; B: Session Present 1.
-- Defect: b-session-never-expires
return scenario {
  title = "A Session is gone when its Session Expiry Interval has passed",
  clauses = { "v5:MQTT-4.1.0-2", "v5:MQTT-3.2.2-3" },
  versions = { "5.0" },
  tags = { "defect:b-session-never-expires" },
  link = { delay = "30ms" },
  slow = true,
  run = function(t)
    local sub = t:client("s", { clean = true, session_expiry = "3s" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    t:sleep("16s")
    local ack, why = sub:connect { clean = false, may_fail = true }
    t:check(ack and not ack.session_present, "the session is new: " .. tostring(why))
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 1 }):wait("10s")
    t:quiet("3s")
  end,
}
