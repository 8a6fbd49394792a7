-- eclipse-mosquitto/mosquitto#393, https://github.com/eclipse-mosquitto/mosquitto/issues/393; broker, MQTT 3.1.1.
-- Wrong: with one place for messages in flight, five of QoS 1 and 2 went out at once under load. 5.0 calls it Receive
-- Maximum.
-- Trigger: S: receive_maximum=1, SUBSCRIBE q2; P: a burst of five messages of QoS 1 and 2; B>S: all before the first
-- answer.
-- Defect: b-recvmax-ignored
return scenario {
  title = "A burst of mixed QoS does not exceed a Receive Maximum of 1",
  clauses = { "v5:MQTT-3.3.4-9", "v5:MQTT-4.9.0-2", "v5:MQTT-4.9.0-1" },
  versions = { "5.0" },
  tags = { "defect:b-recvmax-ignored" },
  link = { delay = "100ms" },
  run = function(t)
    local sub = t:client("subscriber", { receive_maximum = 1 })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 5 do pub:publish("t", "m" .. i, { qos = 1 + i % 2 }) end
    t:sleep("5s")
    sub:expect { topic = "t", count = 5 }
    t:quiet("3s")
  end,
}
