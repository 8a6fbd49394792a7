-- eclipse-mosquitto/mosquitto#1173, https://github.com/eclipse-mosquitto/mosquitto/issues/1173; broker, MQTT 5.0.
-- Wrong: a Session Expiry Interval that CONNECT gave and DISCONNECT did not repeat was ignored; the Session ended at
-- once.
-- Trigger: C: CONNECT session_expiry=30; C: DISCONNECT without a property; 10 s; C: CONNECT clean=0; B: Session
-- Present 0.
-- Defect: b-session-not-stored
return scenario {
  title = "DISCONNECT without a Session Expiry Interval leaves that of CONNECT as it was",
  clauses = { "v5:MQTT-3.1.2-5", "v5:MQTT-3.1.2-23", "v5:MQTT-3.2.2-3" },
  versions = { "5.0" },
  tags = { "defect:b-session-not-stored" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { session_expiry = "30s" })
    client:connect { clean = true }
    client:disconnect()
    t:sleep("10s")
    t:check(client:connect({ clean = false }).session_present, "the session is present")
  end,
}
