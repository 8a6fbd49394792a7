-- moquette-io/moquette#858, https://github.com/moquette-io/moquette/pull/858; broker, MQTT 5.0.
-- Wrong: a window of 10 was built in, whatever the client's Receive Maximum was.
-- Trigger: S: receive_maximum=2, acknowledges nothing; P: five messages q1; B>S: five PUBLISH.
-- Defect: b-recvmax-ignored
return scenario {
  title = "Of five messages a client with Receive Maximum 2 gets two, and the others one by one",
  clauses = { "v5:MQTT-3.3.4-9", "v5:MQTT-4.9.0-2", "v5:MQTT-4.9.0-1" },
  versions = { "5.0" },
  tags = { "defect:b-recvmax-ignored" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { receive_maximum = 2, acks = "manual" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 5 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    sub:expect { topic = "t", count = 2 }
    t:quiet("3s")
    for _ = 1, 5 do
      sub:ack()
      t:sleep("1s")
    end
    sub:expect { topic = "t", count = 3 }
  end,
}
