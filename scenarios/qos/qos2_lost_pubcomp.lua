return scenario {
  title = "QoS 2: a PUBREL repeated after a lost PUBCOMP is answered, and nothing is delivered again",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.4.0-1",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-4.4.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "60ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBCOMP" }
    local m = pub:publish("bill", "42", { qos = 2 })
    pub:wait_closed("30s")
    sub:expect { topic = "bill", payload = "42" }
    t:sleep("3s")
    pub:connect()
    m:wait("30s")
    t:quiet("10s")
  end,
}
