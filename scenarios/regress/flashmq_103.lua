-- halfgaar/FlashMQ#103, https://github.com/halfgaar/FlashMQ/issues/103; broker, MQTT 3.1.1 and 5.0.
-- Wrong: CONNECT with Will Flag 0 and Will Retain 1 was accepted.
-- Trigger: C: CONNECT with the flags 0x22; B: CONNACK 0.
-- Defect: b-will-retain-unchecked
return scenario {
  title = "Will Retain without a will is no CONNECT",
  clauses = { "v3:MQTT-3.1.2-15", "v3:MQTT-3.1.4-1", "v5:MQTT-3.1.2-13", "v5:MQTT-3.1.4-1" },
  tags = { "defect:b-will-retain-unchecked" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("c")
    if t.version == "5.0" then
      raw:send("10 0d 00 04 4d 51 54 54 05 22 00 3c 00 00 00")
    else
      raw:send("10 0c 00 04 4d 51 54 54 04 22 00 3c 00 00")
    end
    raw:expect_closed("10s")
  end,
}
