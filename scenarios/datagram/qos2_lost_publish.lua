return scenario {
  title = "QoS 2 over datagrams: a lost PUBLISH is sent again with DUP",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-3.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "100ms" },
  limit = "5m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("valve/1/open", { qos = 2 })
    local pub = t:client("publisher", { retry = "2s" })
    pub:connect()
    t:note("PUBLISH gets lost. No PUBREC comes, so it is sent again.")
    pub:link():drop { type = "PUBLISH" }
    local m = pub:publish("valve/1/open", "10%", { qos = 2 })
    m:wait("30s")
    t:note("To the broker the repetition is the first it hears of the message. One delivery.")
    sub:expect { topic = "valve/1/open", payload = "10%", count = 1, within = "10s" }
    t:quiet("30s")
  end,
}
