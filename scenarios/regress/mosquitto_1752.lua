-- eclipse-mosquitto/mosquitto#1752, https://github.com/eclipse-mosquitto/mosquitto/issues/1752; broker, MQTT 5.0.
-- Wrong: after some reconnects while a will was delayed, nothing was delivered any more, though PINGREQ was answered.
-- Trigger: C: CONNECT, will with delay 10, SUBSCRIBE q2; the connection ends and comes back, again and again; no
-- PUBLISH.
-- Defect: b-pending-will-breaks-session
return scenario {
  title = "A client that comes back while its will is delayed gets its messages",
  clauses = { "v5:MQTT-4.5.0-1", "v5:MQTT-3.1.2-5" },
  versions = { "5.0" },
  tags = { "defect:b-pending-will-breaks-session" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m",
                                   will = { topic = "will", payload = "gone", qos = 1, delay = "10s" } })
    local pub = t:client("publisher")
    pub:connect()
    client:connect()
    client:subscribe("t", { qos = 2 })
    for i = 1, 5 do
      client:drop("rst")
      t:sleep("500ms")
      client:connect()
      pub:publish("t", "m" .. i, { qos = 2 }):wait("10s")
    end
    t:sleep("3s")
    for i = 1, 5 do client:expect { topic = "t", payload = "m" .. i } end
    client:disconnect()
    t:quiet("3s")
  end,
}
