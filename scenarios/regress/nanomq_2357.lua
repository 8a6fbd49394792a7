-- nanomq/nanomq#2357, https://github.com/nanomq/nanomq/pull/2357; broker, MQTT 3.1.1 and 5.0.
-- Wrong: a backlog was handed out one message for each tick of a timer, and that of a shared subscription not at all.
-- Trigger: S away; P: five messages; S resumes; B>S: one, and long after that another.
-- Defect: b-backlog-one-per-timer
return scenario {
  title = "A backlog comes as fast as it is acknowledged",
  clauses = { "v3:MQTT-4.5.0-1", "v3:MQTT-3.1.2-5", "v3:MQTT-4.1.0-1", "v5:MQTT-4.5.0-1", "v5:MQTT-3.1.2-23",
              "v5:MQTT-4.1.0-1" },
  tags = { "defect:b-backlog-one-per-timer" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 5 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    sub:connect()
    t:sleep("5s")
    for i = 1, 5 do sub:expect { topic = "t", payload = "m" .. i } end
    t:quiet("3s")
  end,
}
