return scenario {
  title = "QoS 1 and 2: a client acknowledges what arrives while it waits for an acknowledgement itself",
  clauses = { "v3:MQTT-4.5.0-2", "v3:MQTT-3.3.4-1", "v5:MQTT-4.5.0-2", "v5:MQTT-3.3.4-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "200ms" },
  run = function(t)
    local a, b = t:client("left"), t:client("right")
    a:connect()
    b:connect()
    a:subscribe("to/left", { qos = 2 })
    b:subscribe("to/right", { qos = 2 })
    for qos = 1, 2 do
      local m, n = a:publish("to/right", "r" .. qos, { qos = qos }), b:publish("to/left", "l" .. qos, { qos = qos })
      t:sleep("300ms")
      local m2, n2 = a:publish("to/right", "R" .. qos, { qos = qos }), b:publish("to/left", "L" .. qos, { qos = qos })
      for _, message in ipairs { m, n, m2, n2 } do message:wait("30s") end
    end
    a:expect { topic = "to/left", count = 4 }
    b:expect { topic = "to/right", count = 4 }
    t:quiet("5s")
  end,
}
