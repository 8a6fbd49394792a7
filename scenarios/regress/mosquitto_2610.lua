-- eclipse-mosquitto/mosquitto#2610, https://github.com/eclipse-mosquitto/mosquitto/issues/2610; broker, MQTT 5.0.
-- Wrong: a restart forgot when a stored Session was to expire; it never did.
-- Trigger: S: CONNECT session_expiry=30, SUBSCRIBE, DISCONNECT; the broker is away for 60 s; 60 s; S: CONNECT;
-- Session Present 1.
-- Defect: b-session-never-expires
return scenario {
  title = "A restart of the broker does not make a Session last for ever",
  clauses = { "v5:MQTT-4.1.0-2", "v5:MQTT-3.2.2-3" },
  versions = { "5.0" },
  tags = { "defect:b-session-never-expires" },
  worlds = { "sim" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("s", { clean = false, session_expiry = "30s" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    t:sleep("1s") -- the connection has ended before, not by the restart
    t:broker():restart { keep = "session", down = "60s" }
    t:sleep("2m")
    local ack, why = sub:connect { may_fail = true }
    t:check(ack and not ack.session_present, "the session is new: " .. tostring(why))
  end,
}
