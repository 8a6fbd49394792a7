-- emqx/emqx#1834, https://github.com/emqx/emqx/issues/1834; broker, MQTT 5.0.
-- Wrong: a Session Expiry Interval near its maximum overflowed, and the Session was not there any more.
-- Trigger: C: CONNECT session_expiry=0xFFFFFFFC; C: DISCONNECT; C: CONNECT clean=0; B: Session Present 0.
-- Defect: b-session-not-stored
return scenario {
  title = "Session Expiry Intervals of 0xFFFFFFFC and 0xFFFFFFFF keep the Session",
  clauses = { "v5:MQTT-3.1.2-5", "v5:MQTT-3.1.2-23", "v5:MQTT-3.2.2-3" },
  versions = { "5.0" },
  tags = { "defect:b-session-not-stored" },
  link = { delay = "30ms" },
  run = function(t)
    for name, expiry in pairs { long = 0xFFFFFFFC, endless = "never" } do
      local client = t:client(name, { session_expiry = expiry })
      client:connect { clean = true }
      client:subscribe("t", { qos = 1 })
      client:disconnect()
      t:sleep("1s")
      t:check(client:connect({ clean = false }).session_present, "the session is present")
    end
  end,
}
