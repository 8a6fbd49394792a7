return scenario {
  title = "Overlapping filters: the message comes at the highest QoS among them",
  clauses = { "v3:MQTT-3.3.5-1", "v5:MQTT-3.3.4-2" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe { { "zone/#", 0 }, { "zone/+/door", 2 }, { "zone/1/door", 1 } }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("zone/1/door", "open", { qos = 2 }):wait("10s")
    -- One copy, or one for each filter: both are allowed.
    sub:expect { topic = "zone/1/door", qos = 2 }
    t:sleep("3s")
  end,
}
