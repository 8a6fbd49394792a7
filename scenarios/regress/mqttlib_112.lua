-- LabOverWire/mqtt-lib#112, https://github.com/LabOverWire/mqtt-lib/issues/112; client, MQTT 5.0.
-- Wrong: exactly once on the wire, twice at the application: each copy before PUBREL ran the delivery again.
-- Trigger: B: PUBLISH q2 id=2; C: PUBREC 2, lost, three times over; B: PUBLISH 2 DUP each time; the application has
-- four.
-- Defect: c-qos2-copies-handed-over
return scenario {
  title = "Three lost PUBRECs do not make more than one message",
  clauses = { "v5:MQTT-4.3.3-10" },
  versions = { "5.0" },
  tags = { "defect:c-qos2-copies-handed-over" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    local m = pub:publish("t", "x", { qos = 2 })
    for _ = 1, 3 do
      sub:link():cut { before = "PUBREC", dir = "c>b" }
      sub:wait_closed("10s")
      sub:connect()
    end
    m:wait("10s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
