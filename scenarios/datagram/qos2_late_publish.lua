return scenario {
  title = "QoS 2 over datagrams: a PUBLISH that comes after its own PUBREL is a new message",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2" },
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
    t:note("PUBLISH is not lost, but under way for longer than the retry time.")
    pub:link():delay_next { type = "PUBLISH", by = "5s" }
    local m = pub:publish("valve/1/open", "10%", { qos = 2 })
    m:wait("30s")
    t:note("The exchange is over, and the Packet Identifier free, when the first PUBLISH arrives. " ..
           "Nobody has broken a rule: exactly once needs a network that keeps the order.")
    sub:expect { topic = "valve/1/open", payload = "10%", count = 2, within = "20s" }
    t:quiet("30s")
  end,
}
