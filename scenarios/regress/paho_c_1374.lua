-- eclipse-paho/paho.mqtt.c#1374, https://github.com/eclipse-paho/paho.mqtt.c/issues/1374; client, MQTT 3.1.1.
-- Wrong: with persistence the remembered QoS was garbage, so that PUBACK did not remove the message from the store.
-- Trigger: C: PUBLISH q1 id=2; B: PUBACK 2; the connection ends; C resumes: PUBLISH 2 DUP.
-- Defect: c-completed-not-removed
return scenario {
  title = "A client does not send again what was acknowledged",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3" },
  tags = { "defect:c-completed-not-removed" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local client = t:client("c", { clean = false, session_expiry = "5m", first_packet_identifier = 2 })
    client:connect()
    client:publish("t", "x", { qos = 1 }):wait("10s")
    sub:expect { topic = "t", payload = "x" }
    client:disconnect()
    t:sleep("1s")
    client:connect()
    t:quiet("5s")
  end,
}
