return scenario {
  title = "Retained messages are sent at the lower of their own and the granted QoS",
  clauses = { "v3:MQTT-3.8.4-6", "v3:MQTT-3.3.1-5", "v5:MQTT-3.8.4-8", "v5:MQTT-3.3.1-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    for qos = 0, 2 do pub:publish("r/" .. qos, "x", { qos = qos, retain = true }):wait("10s") end
    -- A server may drop retained QoS 0 messages at any time, so only 1 and 2 are waited for.
    for granted = 0, 2 do
      local sub = t:client("subscriber" .. granted)
      sub:connect()
      sub:subscribe("r/#", { qos = granted })
      for qos = 1, 2 do sub:expect { topic = "r/" .. qos, qos = math.min(qos, granted), retain = true } end
    end
    t:sleep("2s")
  end,
}
