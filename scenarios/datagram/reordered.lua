return scenario {
  title = "Over datagrams one PUBLISH overtakes another",
  clauses = { "v3:MQTT-4.6.0-6" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "100ms" },
  limit = "5m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("step/#", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    t:note("The first PUBLISH takes a detour. MQTT's order holds for what a party sends, and " ..
           "asks the network to keep it; this one does not.")
    pub:link():delay_next { type = "PUBLISH", by = "500ms" }
    local first = pub:publish("step/1", "first", { qos = 2 })
    local second = pub:publish("step/2", "second", { qos = 2 })
    first:wait("30s")
    second:wait("30s")
    sub:expect { topic = "step/2", payload = "second", count = 1, within = "10s" }
    sub:expect { topic = "step/1", payload = "first", count = 1, within = "10s" }
    local order = sub:received()
    t:check(order[1].payload == "second", "the second message is delivered first")
    t:quiet("30s")
  end,
}
