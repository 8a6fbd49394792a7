-- eclipse-mosquitto/mosquitto#1332, https://github.com/eclipse-mosquitto/mosquitto/issues/1332; broker, MQTT 3.1.1.
-- Wrong: where all places for messages in flight to a client were taken, its own QoS 2 PUBLISH got no PUBREC either.
-- Trigger: S owes PUBACKs; S: PUBLISH q2 id=1; B: nothing (PINGREQ is still answered).
-- Defect: b-quota-blocks-acks
return scenario {
  title = "A full window towards a client does not keep its own QoS 2 PUBLISH from being answered",
  clauses = { "v3:MQTT-3.3.4-1", "v3:MQTT-4.3.3-2", "v5:MQTT-4.9.0-3" },
  tags = { "defect:b-quota-blocks-acks" },
  broker = { inflight_max = 2 },
  link = { delay = "30ms" },
  run = function(t)
    local both = t:client("both", { receive_maximum = 2, acks = "manual" })
    both:connect()
    both:subscribe("in", { qos = 1 })
    local other = t:client("other")
    other:connect()
    for i = 1, 3 do other:publish("in", "m" .. i, { qos = 1 }):wait("10s") end
    both:expect { topic = "in", count = 2 }
    local m = both:publish("out", "x", { qos = 2 })
    t:sleep("5s")
    both:ping("5s")
    m:wait("5s")
    for _ = 1, 2 do both:ack() end
    both:expect { topic = "in", payload = "m3" }
    both:ack()
    t:quiet("3s")
  end,
}
