return scenario {
  title = "QoS 2: a PUBREC that never arrives does not duplicate the message",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.4.0-1",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-4.4.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "120ms", jitter = "10ms" },
  limit = "10m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("sensor/+/temp", { qos = 2 })

    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBREC" }        -- the connection dies before the PUBREC arrives
    local m = pub:publish("sensor/1/temp", "21.5", { qos = 2 })
    pub:wait_closed()
    t:sleep("5s")
    pub:connect()                               -- resumes: session present, PUBLISH sent again with DUP
    m:wait("30s")
    sub:expect { topic = "sensor/1/temp", payload = "21.5", count = 1, within = "30s" }
    t:quiet("10s")                              -- and then nothing more arrives anywhere
  end,
}
