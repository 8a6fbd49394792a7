return scenario {
  title = "A retained message goes to a present subscriber as a live one, with RETAIN 0",
  clauses = { "v3:MQTT-3.3.1-9", "v5:MQTT-3.3.1-12" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    for qos = 0, 2 do
      pub:publish("state", "v" .. qos, { qos = qos, retain = true }):wait("10s")
      sub:expect { topic = "state", payload = "v" .. qos, retain = false }
    end
    t:quiet("5s")
  end,
}
