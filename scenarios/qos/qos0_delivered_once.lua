return scenario {
  title = "QoS 0: each message arrives at most once, without acknowledgement and without DUP",
  clauses = { "v3:MQTT-4.3.1-1", "v3:MQTT-3.3.1-2", "v3:MQTT-2.3.1-5",
              "v5:MQTT-4.3.1-1", "v5:MQTT-3.3.1-2", "v5:MQTT-2.2.1-2" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("meter/+", { qos = 0 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 5 do pub:publish("meter/" .. i, tostring(i), { qos = 0 }) end
    for i = 1, 5 do sub:expect { topic = "meter/" .. i, payload = tostring(i), qos = 0, dup = false } end
    t:quiet("5s")
  end,
}
