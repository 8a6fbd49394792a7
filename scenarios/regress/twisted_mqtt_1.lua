-- astrorafael/twisted-mqtt#1, https://github.com/astrorafael/twisted-mqtt/issues/1; client, MQTT 3.1.1.
-- Wrong: when one acknowledgement was missing, everything from there on was sent again, also what had been
-- acknowledged.
-- Trigger: C: PUBLISH q1 1, 2, 3; B: PUBACK for all but one in time; C on its timer: PUBLISH of the others too.
-- Defect: c-completed-not-removed
return scenario {
  title = "A client's timer sends again what is unacknowledged, and nothing else",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.3-1" },
  versions = { "3.1.1" },
  tags = { "defect:c-completed-not-removed" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { retry = "3s" })
    client:connect()
    local sent = {}
    for i = 1, 3 do sent[i] = client:publish("t", "m" .. i, { qos = 1 }) end
    for i = 1, 3 do sent[i]:wait("10s") end
    client:link():delay_next { type = "PUBACK", dir = "b>c", by = "4s" }
    client:publish("t", "m4", { qos = 1 }):wait("20s")
    t:sleep("5s")
  end,
}
