-- apache/artemis#5684, https://github.com/apache/artemis/pull/5684; broker, MQTT 5.0.
-- Wrong: the send quota was not given back when a Session was resumed; after that nothing was sent.
-- Trigger: S: receive_maximum=2, two messages unacknowledged; cut; S resumes; B: nothing more.
-- Defect: b-quota-survives-reconnect
return scenario {
  title = "A resumed Session begins with its whole send quota",
  clauses = { "v5:MQTT-4.9.0-1", "v5:MQTT-4.4.0-1" },
  versions = { "5.0" },
  tags = { "defect:b-quota-survives-reconnect" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m", receive_maximum = 2 })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:link():cut { before = "PUBACK", dir = "c>b" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "m1", { qos = 1 }) -- at once with the next, so that both are under way when the connection is cut
    for i = 2, 4 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    sub:wait_closed("10s")
    sub:connect()
    t:sleep("3s")
    for i = 1, 4 do sub:expect { topic = "t", payload = "m" .. i } end
    t:sleep("2s")
  end,
}
