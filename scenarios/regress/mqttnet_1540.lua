-- dotnet/MQTTnet#1540, https://github.com/dotnet/MQTTnet/issues/1540; broker, MQTT 3.1.1.
-- Wrong: a QoS 2 PUBLISH that was sent again on the live connection went to the subscribers again under a new
-- identifier.
-- Trigger: C: PUBLISH q2 id=1; B: PUBREC 1, late; C on its timer: PUBLISH 1 DUP; B: PUBREC 1 and a second delivery.
-- Defect: b-qos2-no-inbound-id-store
return scenario {
  title = "A QoS 2 PUBLISH that a timer sent again is no second message",
  clauses = { "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" },
  tags = { "defect:b-qos2-no-inbound-id-store" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { retry = "2s" })
    pub:connect()
    pub:link():delay_next { type = "PUBREC", by = "3s" }
    pub:publish("t", "x", { qos = 2 }):wait("20s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("5s")
  end,
}
