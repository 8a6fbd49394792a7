return scenario {
  title = "A broker acknowledges a client's messages also while that client owes it acknowledgements",
  clauses = { "v3:MQTT-3.3.4-1", "v3:MQTT-4.3.2-2", "v3:MQTT-4.3.3-2",
              "v5:MQTT-3.3.4-1", "v5:MQTT-4.3.2-4", "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-11" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("both", { acks = "manual" })
    client:connect()
    client:subscribe("in", { qos = 1 })
    local other = t:client("other")
    other:connect()
    for i = 1, 4 do other:publish("in", tostring(i), { qos = 1 }):wait("10s") end
    client:expect { topic = "in", count = 4 }
    client:publish("out", "one", { qos = 1 }):wait("10s")
    client:publish("out", "two", { qos = 2 }):wait("10s")
    for _ = 1, 4 do client:ack() end
    t:quiet("3s")
  end,
}
