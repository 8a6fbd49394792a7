-- eclipse-mosquitto/mosquitto#1751, https://github.com/eclipse-mosquitto/mosquitto/issues/1751; client, MQTT 3.1.1.
-- Wrong: a slow client had the broker's repetition beside the original, PUBREL removed one; the message appeared
-- twice.
-- Trigger: B: PUBLISH q2 id=19515; C works for 21 s; B after 20 s: PUBLISH 19515 DUP; C: PUBREC, PUBREC; B: PUBREL.
-- Defect: c-qos2-copies-handed-over
return scenario {
  title = "An application that takes 21 s for a QoS 2 message has it once",
  clauses = { "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" },
  tags = { "defect:c-qos2-copies-handed-over" },
  broker = { retry = "20s", first_packet_identifier = 19515 },
  link = { delay = "30ms" },
  slow = true,
  run = function(t)
    local sub = t:client("subscriber", { acks = "manual" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    t:sleep("21s")
    -- Other brokers need not repeat within a connection.
    for _ = 1, t.target == "sim" and 2 or 1 do sub:ack() end
    sub:expect { topic = "t", payload = "x" }
    t:quiet("5s")
  end,
}
