return scenario {
  title = "QoS 1: PUBLISH is answered by PUBACK with its identifier, on both sides of the broker",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.2-2", "v3:MQTT-2.3.1-6", "v3:MQTT-3.3.4-1",
              "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3", "v5:MQTT-4.3.2-4", "v5:MQTT-2.2.1-5",
              "v5:MQTT-3.3.4-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms", jitter = "5ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("door/+", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 6 do
      pub:publish("door/" .. i, "open", { qos = 1 }):wait("10s")
      sub:expect { topic = "door/" .. i, payload = "open", qos = 1, dup = false }
    end
    t:quiet("5s")
  end,
}
