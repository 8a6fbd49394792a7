-- fluent/fluent-bit#1470, https://github.com/fluent/fluent-bit/pull/1470; broker, MQTT 3.1.1.
-- Wrong: PINGRESP said that two more bytes follow; clients waited for them.
-- Trigger: C: PINGREQ; B: D0 02.
-- Defect: b-pingresp-bad-length
return scenario {
  title = "PINGRESP has two bytes",
  clauses = { "v3:MQTT-3.12.4-1", "v5:MQTT-3.12.4-1" },
  tags = { "defect:b-pingresp-bad-length" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { keepalive = "5s" })
    client:connect()
    t:sleep("12s")
    t:check(client:connected(), "the connection stays")
    client:ping("5s")
  end,
}
