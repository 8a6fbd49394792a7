-- moquette-io/moquette#237, https://github.com/moquette-io/moquette/issues/237; broker, MQTT 3.1.1.
-- Wrong: the next identifier was (the highest in flight + 1) modulo 65535: 0, or one that was in use.
-- Trigger: B>S: PUBLISH id=65534, not acknowledged; three more messages; B>S: PUBLISH id=0.
-- Defect: b-id-zero-on-wrap
return scenario {
  title = "Identifiers go on from 65535 with 1 while 65534 is not acknowledged",
  clauses = { "v3:MQTT-2.3.1-1", "v3:MQTT-2.3.1-4", "v5:MQTT-2.2.1-4" },
  tags = { "defect:b-id-zero-on-wrap" },
  broker = { first_packet_identifier = 65534 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber", { acks = "manual" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 4 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    t:sleep("2s")
    t:check(sub:connected(), "the connection stays")
    sub:expect { topic = "t", count = 4 }
    for _ = 1, 4 do sub:ack() end
    t:quiet("3s")
  end,
}
