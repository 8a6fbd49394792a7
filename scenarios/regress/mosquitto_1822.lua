-- eclipse-mosquitto/mosquitto#1822, https://github.com/eclipse-mosquitto/mosquitto/issues/1822; client, MQTT 5.0.
-- Wrong: the server's Receive Maximum was kept on the first connection only.
-- Trigger: B: CONNACK receive_maximum=3; C: three PUBLISH; the link dies silently; C resumes; more than three at
-- once.
-- Defect: c-recvmax-ignored-after-reconnect
return scenario {
  title = "A client keeps to the Receive Maximum on its second connection too",
  clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-1", "v5:MQTT-4.9.0-2" },
  versions = { "5.0" },
  tags = { "defect:c-recvmax-ignored-after-reconnect" },
  broker = { receive_maximum = 3 },
  link = { delay = "100ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect()
    local sent = {}
    for i = 1, 8 do sent[i] = client:publish("t", "m" .. i, { qos = 1 }) end
    client:drop("vanish")
    t:sleep("1s")
    client:connect()
    for i = 1, 8 do sent[i]:wait("20s") end
  end,
}
