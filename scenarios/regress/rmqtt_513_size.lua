-- rmqtt/rmqtt#513, https://github.com/rmqtt/rmqtt/issues/513; broker, MQTT 5.0.
-- Wrong: behind a queued message above the client's Maximum Packet Size nothing was delivered any more.
-- Trigger: S away, maximum_packet_size=100; P: small, 200 bytes, small; S resumes; B>S: the first only.
-- Defect: b-oversize-blocks-queue
return scenario {
  title = "A queued message that is too large is dropped, and those behind it come",
  clauses = { "v5:MQTT-3.1.2-25" },
  versions = { "5.0" },
  tags = { "defect:b-oversize-blocks-queue" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m", maximum_packet_size = 100 })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    for _, payload in ipairs { "first", string.rep("x", 200), "last" } do
      pub:publish("t", payload, { qos = 1 }):wait("10s")
    end
    sub:connect()
    t:sleep("3s")
    sub:expect { topic = "t", payload = "first" }
    sub:expect { topic = "t", payload = "last" }
    t:quiet("3s")
  end,
}
