return scenario {
  title = "A session resumes with messages in every state of the QoS 2 handshake",
  clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2",
              "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5",
              "v5:MQTT-4.3.3-6", "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "80ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("job", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    local done = pub:publish("job", "1", { qos = 2 })
    done:wait("10s")
    pub:hold("PUBREL")
    local released = pub:publish("job", "2", { qos = 2 })
    t:sleep("500ms")
    pub:link():cut { after = "PUBLISH", dir = "c>b" }
    local received = pub:publish("job", "3", { qos = 2 })
    pub:wait_closed("10s")
    pub:release()
    local waiting = pub:publish("job", "4", { qos = 2 })
    sub:drop("rst")
    t:sleep("1s")
    pub:connect()
    for _, m in ipairs { released, received, waiting } do m:wait("30s") end
    sub:connect()
    for i = 1, 4 do sub:expect { topic = "job", payload = tostring(i) } end
    t:quiet("10s")
  end,
}
