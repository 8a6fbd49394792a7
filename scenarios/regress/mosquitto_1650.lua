-- eclipse-mosquitto/mosquitto#1650, https://github.com/eclipse-mosquitto/mosquitto/issues/1650; broker, MQTT 5.0.
-- Wrong: messages sent into a connection that was dead already were missing after the same client took it over.
-- Trigger: S's link dies silently; P: PUBLISH q1 m1; S: CONNECT on a new link, Session Present 1; m1 does not come.
-- Defect: b-dead-socket-counts-as-delivered
return scenario {
  title = "What went into a dead connection is sent again when its client takes over",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.2-1", "v3:MQTT-4.5.0-1", "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3" },
  tags = { "defect:b-dead-socket-counts-as-delivered" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("s", { clean = false, session_expiry = "10m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:drop("vanish")
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 3 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    t:check(sub:connect().session_present, "the session is present")
    t:sleep("3s")
    for i = 1, 3 do sub:expect { topic = "t", payload = "m" .. i } end
    t:quiet("3s")
  end,
}
