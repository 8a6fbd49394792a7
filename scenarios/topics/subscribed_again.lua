return scenario {
  title = "Subscribing again to the same filter replaces the subscription and its QoS",
  clauses = { "v3:MQTT-3.8.4-3", "v3:MQTT-3.8.4-2", "v3:MQTT-2.3.1-7",
              "v5:MQTT-3.8.4-3", "v5:MQTT-3.8.4-2", "v5:MQTT-2.2.1-6" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    local pub = t:client("publisher")
    pub:connect()
    for _, qos in ipairs { 0, 2, 1 } do
      sub:subscribe("x", { qos = qos })
      pub:publish("x", "granted " .. qos, { qos = 2 }):wait("10s")
      sub:expect { topic = "x", payload = "granted " .. qos, qos = qos }
    end
    t:quiet("5s")
  end,
}
