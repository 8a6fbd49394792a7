return scenario {
  title = "A publisher that speaks 5.0 and a subscriber that speaks 3.1.1, at one broker",
  clauses = { "v3:MQTT-3.3.5-1", "v3:MQTT-4.3.2-2", "v5:MQTT-4.3.2-4" },
  versions = { "3.1.1" },
  link = { delay = "40ms" },
  run = function(t)
    local old = t:client("old", { version = "3.1.1" })
    local new = t:client("new", { version = "5.0" })
    old:connect()
    new:connect()
    old:subscribe("from/new", { qos = 1 })
    new:subscribe("from/old", { qos = 1 })
    new:publish("from/new", "hello", { qos = 1, message_expiry = "60s", user_properties = { { "unit", "C" } } })
      :wait("10s")
    old:expect { topic = "from/new", payload = "hello" }
    old:publish("from/old", "hello", { qos = 1 }):wait("10s")
    new:expect { topic = "from/old", payload = "hello" }
    t:quiet("1s")
  end,
}
