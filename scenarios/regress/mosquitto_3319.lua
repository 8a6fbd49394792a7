-- eclipse-mosquitto/mosquitto#3319, https://github.com/eclipse-mosquitto/mosquitto/issues/3319; broker, MQTT 5.0.
-- Wrong: a message that matched two filters was delivered once, at the lower QoS.
-- Trigger: S: SUBSCRIBE sensor/test q1, SUBSCRIBE sensor/+ q2; P: PUBLISH sensor/test q2; B>S: PUBLISH q1.
-- Defect: b-overlap-lower-qos
return scenario {
  title = "An exact filter of QoS 1 and a wildcard of QoS 2: the message comes at QoS 2",
  clauses = { "v3:MQTT-3.3.5-1", "v5:MQTT-3.3.4-2" },
  tags = { "defect:b-overlap-lower-qos" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("sensor/test", { qos = 1 })
    sub:subscribe("sensor/+", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("sensor/test", "x", { qos = 2 }):wait("10s")
    t:sleep("2s")
    sub:expect { topic = "sensor/test", payload = "x", qos = 2 }
  end,
}
