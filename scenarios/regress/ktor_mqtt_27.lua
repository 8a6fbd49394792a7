-- ukemp/ktor-mqtt#27, https://github.com/ukemp/ktor-mqtt/pull/27; client, MQTT 5.0.
-- Wrong: exchanges that had failed did not give their permits back; after a while no message was sent any more.
-- Trigger: B: CONNACK receive_maximum=3; three PUBACKs do not come; cut; C resumes: no PUBLISH.
-- Defect: c-inflight-counter-stuck
return scenario {
  title = "A client that lost its connection with messages under way sends them, and more, on the next",
  clauses = { "v3:MQTT-4.4.0-1", "v5:MQTT-4.4.0-1", "v5:MQTT-4.9.0-1" },
  tags = { "defect:c-inflight-counter-stuck" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect()
    client:link():cut { before = "PUBACK", dir = "b>c" }
    local sent = {}
    for i = 1, 3 do sent[i] = client:publish("t", "m" .. i, { qos = 1 }) end
    client:wait_closed("10s")
    client:connect()
    sent[4] = client:publish("t", "m4", { qos = 1 })
    t:sleep("5s")
    for i = 1, 4 do t:check(sent[i]:acked(), "message " .. i .. " is acknowledged") end
    sub:expect { topic = "t", payload = "m4" }
  end,
}
