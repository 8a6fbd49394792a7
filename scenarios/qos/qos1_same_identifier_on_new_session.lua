return scenario {
  title = "QoS 1: in a new session the same identifier with DUP 0 is acknowledged like any other",
  clauses = { "v3:MQTT-4.3.2-2", "v3:MQTT-4.5.0-2", "v5:MQTT-4.3.2-4", "v5:MQTT-4.5.0-2" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    local sub = t:client("subscriber")
    for round = 1, 3 do
      sub:connect()
      sub:subscribe("x", { qos = 1 })
      -- Brokers number the messages of a new session from the beginning.
      pub:publish("x", "round " .. round, { qos = 1 }):wait("10s")
      sub:expect { topic = "x", payload = "round " .. round, dup = false }
      t:sleep("1s")
      -- The last connection stays: without its acknowledgement nobody could say that it was only late.
      if round < 3 then
        sub:disconnect()
      end
    end
  end,
}
