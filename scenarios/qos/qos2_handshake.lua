return scenario {
  title = "QoS 2: the four packets of the handshake, on both sides of the broker",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2", "v3:MQTT-2.3.1-6",
              "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-2.2.1-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms", jitter = "5ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill/+", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 6 do
      pub:publish("bill/" .. i, "42", { qos = 2 }):wait("10s")
      sub:expect { topic = "bill/" .. i, payload = "42", qos = 2, dup = false }
    end
    t:quiet("10s")
  end,
}
