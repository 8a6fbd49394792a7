-- moquette-io/moquette#653, https://github.com/moquette-io/moquette/issues/653; broker, MQTT 3.1.1.
-- Wrong: a retained QoS 2 message was sent without a record of it; the subscriber's PUBREC fitted nothing and got no
-- PUBREL.
-- Trigger: P: PUBLISH q2 retain; S: SUBSCRIBE q2; B>S: PUBLISH q2; S: PUBREC; B: nothing.
-- Defect: b-retained-no-id-or-state
return scenario {
  title = "A retained QoS 2 message has a Packet Identifier and a whole exchange",
  clauses = { "v3:MQTT-2.3.1-1", "v3:MQTT-2.3.1-4", "v3:MQTT-4.3.3-1", "v5:MQTT-2.2.1-4", "v5:MQTT-4.3.3-4" },
  tags = { "defect:b-retained-no-id-or-state" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "m", { qos = 2, retain = true }):wait("10s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    t:sleep("3s")
    t:check(sub:connected(), "the connection stays")
    sub:expect { topic = "t", payload = "m", qos = 2, retain = true }
    t:quiet("3s")
  end,
}
