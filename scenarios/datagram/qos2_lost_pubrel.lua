return scenario {
  title = "QoS 2 over datagrams: a lost PUBREL is sent again, not PUBLISH",
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
    t:note("PUBREL gets lost. After PUBREC the publisher may never send PUBLISH again: it repeats PUBREL.")
    pub:link():drop { type = "PUBREL" }
    local m = pub:publish("valve/1/open", "10%", { qos = 2 })
    m:wait("30s")
    t:note("PUBREL has released the message and its identifier. One delivery.")
    sub:expect { topic = "valve/1/open", payload = "10%", count = 1, within = "10s" }
    t:quiet("30s")
  end,
}
