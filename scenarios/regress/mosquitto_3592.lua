-- eclipse-mosquitto/mosquitto#3592, https://github.com/eclipse-mosquitto/mosquitto/issues/3592; client, MQTT 5.0.
-- Wrong: what was unacknowledged in a Session that the server had lost was sent again with DUP 1.
-- Trigger: C: PUBLISH q1; cut before PUBACK; the Session expires; C: CONNECT, Session Present 0; C: PUBLISH 1 DUP.
-- Defect: c-resend-despite-sp0
return scenario {
  title = "Session Present 0: a client sends nothing of its old Session",
  clauses = { "v5:MQTT-3.2.2-5" },
  versions = { "5.0" },
  tags = { "defect:c-resend-despite-sp0" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "2s" })
    client:connect()
    client:link():cut { before = "PUBACK", dir = "b>c" }
    client:publish("t", "x", { qos = 1 })
    client:wait_closed("10s")
    t:sleep("5s")
    t:check(not client:connect().session_present, "the session has expired")
    t:sleep("3s")
  end,
}
