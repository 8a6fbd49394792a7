-- ukemp/ktor-mqtt#30, https://github.com/ukemp/ktor-mqtt/pull/30; client, MQTT 5.0.
-- Wrong: received QoS 2 identifiers outlived their Session; a new message with such an identifier was not delivered.
-- Trigger: B: PUBLISH q2 id=1; C: PUBREC 1; cut; C: CONNECT clean=1, SUBSCRIBE; B: PUBLISH q2 id=1, new; C: PUBREC
-- only.
-- Defect: c-inbound-ids-kept-on-new-session
return scenario {
  title = "A new Session knows no identifiers of the old one",
  clauses = { "v3:MQTT-3.1.2-6", "v3:MQTT-4.3.3-2", "v5:MQTT-3.2.2-5", "v5:MQTT-3.1.2-4" },
  tags = { "defect:c-inbound-ids-kept-on-new-session" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect()
    client:subscribe("t", { qos = 2 })
    client:link():cut { before = "PUBREL", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "old", { qos = 2 }):wait("10s")
    client:wait_closed("10s")
    client:connect { clean = true }
    client:subscribe("t", { qos = 2 })
    pub:publish("t", "new", { qos = 2 }):wait("10s")
    t:sleep("3s")
    client:expect { topic = "t", payload = "new" }
    t:quiet("3s")
  end,
}
