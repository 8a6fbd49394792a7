-- halfgaar/FlashMQ#104, https://github.com/halfgaar/FlashMQ/issues/104; broker, MQTT 3.1.1 and 5.0.
-- Wrong: PINGREQ was answered before any CONNECT.
-- Trigger: C: C0 00 on a new connection; B: D0 00.
-- Defect: b-packet-before-connect
return scenario {
  title = "PINGREQ before CONNECT ends the connection",
  clauses = { "v3:MQTT-3.1.0-1", "v3:MQTT-3.2.0-1", "v5:MQTT-3.1.0-1", "v5:MQTT-3.2.0-1" },
  tags = { "defect:b-packet-before-connect" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("c")
    raw:send("c0 00")
    raw:expect_closed("30s")
    t:check(#raw:received() == 0, "nothing is answered")
  end,
}
