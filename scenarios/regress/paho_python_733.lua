-- eclipse-paho/paho.mqtt.python#733, https://github.com/eclipse-paho/paho.mqtt.python/issues/733; client, MQTT 3.1.1.
-- Wrong: messages of QoS 1 and 2 were published again after a connection with CleanSession 1; QoS 2 came twice.
-- Trigger: C: CONNECT clean=0, PUBLISH q2; B: PUBREC; cut; C: CONNECT clean=1; C: PUBLISH again.
-- Defect: c-resend-despite-sp0
return scenario {
  title = "CleanSession 1 ends what a client had under way",
  clauses = { "v3:MQTT-3.1.2-6", "v3:MQTT-4.3.3-1", "v5:MQTT-3.1.2-4" },
  tags = { "defect:c-resend-despite-sp0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect()
    client:link():cut { before = "PUBREC", dir = "b>c" }
    client:publish("t", "x", { qos = 2 })
    client:wait_closed("10s")
    client:connect { clean = true }
    t:sleep("3s")
    client:publish("t", "y", { qos = 2 }):wait("10s")
    sub:expect { topic = "t", payload = "y" }
    t:quiet("3s")
  end,
}
