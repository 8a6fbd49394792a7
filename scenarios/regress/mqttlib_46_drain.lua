-- LabOverWire/mqtt-lib#46, https://github.com/LabOverWire/mqtt-lib/pull/46; broker, MQTT 5.0.
-- Wrong: entries of the offline queue were removed before they had been written; a cut during the drain lost the
-- rest.
-- Trigger: S away; P: m1..m20; S resumes; B>S: m1, m2; cut; S resumes; m3 and those behind it do not come.
-- Defect: b-dead-socket-counts-as-delivered
return scenario {
  title = "A cut while the backlog is being sent loses nothing of it",
  clauses = { "v3:MQTT-4.5.0-1", "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.2-1", "v5:MQTT-4.5.0-1", "v5:MQTT-4.4.0-1",
              "v5:MQTT-4.3.2-3" },
  tags = { "defect:b-dead-socket-counts-as-delivered" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 1 })
    sub:disconnect()
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 20 do pub:publish("t", "m" .. i, { qos = 1 }) end
    t:sleep("2s")
    sub:link():cut { before = "PUBLISH", dir = "b>c", nth = 3 }
    sub:connect()
    sub:wait_closed("10s")
    sub:connect()
    t:sleep("3s")
    for i = 1, 20 do sub:expect { topic = "t", payload = "m" .. i } end
    t:quiet("3s")
  end,
}
