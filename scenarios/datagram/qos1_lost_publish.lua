return scenario {
  title = "QoS 1 over datagrams: a lost PUBLISH is sent again with DUP",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-3.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "100ms" },
  limit = "5m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("sensor/temp", { qos = 1 })
    local pub = t:client("publisher", { retry = "2s" })
    pub:connect()
    t:note("PUBLISH gets lost. The publisher waits for PUBACK; after its retry time it sends again.")
    pub:link():drop { type = "PUBLISH" }
    local m = pub:publish("sensor/temp", "21.5", { qos = 1 })
    m:wait("30s")
    sub:expect { topic = "sensor/temp", payload = "21.5", count = 1, within = "10s" }
    t:note("One delivery: the broker has seen one PUBLISH only, whatever its DUP flag says.")
    t:quiet("30s")
  end,
}
