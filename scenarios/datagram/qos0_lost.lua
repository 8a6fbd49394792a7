return scenario {
  title = "QoS 0 over datagrams: what is lost is lost",
  clauses = { "v3:MQTT-4.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "100ms" },
  limit = "5m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("sensor/temp", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    t:note("The first PUBLISH gets lost. At QoS 0 nobody waits for an answer, so nobody notices.")
    pub:link():drop { type = "PUBLISH" }
    pub:publish("sensor/temp", "lost", { qos = 0 })
    t:sleep("2s")
    t:note("The next one arrives. Nothing links the two.")
    pub:publish("sensor/temp", "arrives", { qos = 0 })
    sub:expect { topic = "sensor/temp", payload = "arrives", count = 1, within = "10s" }
    t:quiet("30s")
    sub:expect_none { payload = "lost" }
  end,
}
