-- espressif/esp-mqtt#276, https://github.com/espressif/esp-mqtt/issues/276; client, MQTT 3.1.1.
-- Wrong: sending a QoS 0 message marked another one as transmitted; messages left in odd order after a reconnect.
-- Trigger: C: PUBLISH q0, q1 a, q0, q1 b, q1 c; cut; C resumes: c, b, a.
-- Defect: c-resend-unordered
return scenario {
  title = "A client sends QoS 1 messages again in their order, with QoS 0 ones among them",
  clauses = { "v3:MQTT-4.6.0-1", "v5:MQTT-4.6.0-1" },
  tags = { "defect:c-resend-unordered" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect()
    client:link():cut { before = "PUBLISH", dir = "c>b", nth = 2 }
    local sent = {}
    for i, payload in ipairs { "a", "b", "c" } do
      client:publish("t", "q0 " .. payload)
      sent[i] = client:publish("t", payload, { qos = 1 })
    end
    client:wait_closed("10s")
    client:connect()
    for i = 1, 3 do sent[i]:wait("10s") end
    for _, payload in ipairs { "a", "b", "c" } do sub:expect { topic = "t", payload = payload } end
    t:sleep("2s")
  end,
}
