return scenario {
  title = "QoS 2: the four packets of the handshake, on both sides of the broker",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2", "v3:MQTT-2.3.1-6" },
  versions = { "3.1.1" },
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
