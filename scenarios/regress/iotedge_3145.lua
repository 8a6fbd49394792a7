-- Azure/iotedge#3145, https://github.com/Azure/iotedge/pull/3145; broker, MQTT 3.1.1.
-- Wrong: unacknowledged messages were kept in a hash map and sent again in its order.
-- Trigger: B>S: PUBLISH 1..5 q1, none acknowledged; cut; S resumes; B: 3, 1, 5, ...
-- Defect: b-resend-unordered
return scenario {
  title = "Unacknowledged messages are sent again in the order in which they were sent",
  clauses = { "v3:MQTT-4.6.0-6", "v5:MQTT-4.6.0-5" },
  tags = { "defect:b-resend-unordered" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m", acks = "manual" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 5 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    sub:expect { topic = "t", count = 5 }
    sub:drop("rst")
    sub:connect()
    t:sleep("2s")
    for i = 1, 5 do sub:expect { topic = "t", payload = "m" .. i, dup = true } end
    for _ = 1, 5 do sub:ack() end
    t:quiet("3s")
  end,
}
