return scenario {
  title = "Live messages are delivered at the lower of the published and the granted QoS",
  clauses = { "v3:MQTT-3.8.4-6", "v3:MQTT-3.8.4-5", "v3:MQTT-3.9.3-1",
              "v5:MQTT-3.8.4-8", "v5:MQTT-3.8.4-6", "v5:MQTT-3.9.3-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    local suback = sub:subscribe { { "q/zero", 0 }, { "q/one", 1 }, { "q/two", 2 } }
    t:check(#suback.reason_codes == 3, "one return code for each filter")
    local pub = t:client("publisher")
    pub:connect()
    for granted, name in ipairs { "zero", "one", "two" } do
      for qos = 0, 2 do
        pub:publish("q/" .. name, "at " .. qos, { qos = qos }):wait("10s")
        sub:expect { topic = "q/" .. name, payload = "at " .. qos, qos = math.min(qos, granted - 1) }
      end
    end
    t:quiet("5s")
  end,
}
