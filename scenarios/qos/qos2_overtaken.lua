return scenario {
  title = "QoS 2: a slow exchange is overtaken by others and still delivered",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.5.0-1",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-4.5.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("job/#", { qos = 2 })
    local slow = t:client("slow")
    slow:connect()
    slow:hold("PUBREL")
    local m = slow:publish("job/slow", "first", { qos = 2 })
    t:sleep("1s")
    local fast = t:client("fast")
    fast:connect()
    for i = 1, 3 do fast:publish("job/fast", "f" .. i, { qos = 2 }):wait("10s") end
    sub:expect { topic = "job/fast", count = 3 }
    slow:release()
    m:wait("10s")
    sub:expect { topic = "job/slow", payload = "first" }
    t:quiet("5s")
  end,
}
