return scenario {
  title = "QoS 1 over datagrams: a lost PUBACK makes two deliveries",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.2-2", "v3:MQTT-3.3.1-1" },
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
    t:note("The broker has the message and has passed it on, but its PUBACK gets lost.")
    pub:link():drop { type = "PUBACK" }
    local m = pub:publish("sensor/temp", "21.5", { qos = 1 })
    m:wait("30s")
    t:note("The publisher could not know: it sent again. At least once is twice here.")
    sub:expect { topic = "sensor/temp", payload = "21.5", count = 2, within = "10s" }
    t:quiet("30s")
  end,
}
