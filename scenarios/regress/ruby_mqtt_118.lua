-- njh/ruby-mqtt#118, https://github.com/njh/ruby-mqtt/pull/118; client, MQTT 3.1.1.
-- Wrong: the identifier grew past 65535; on the wire it was 0, and its PUBACK was waited for in vain.
-- Trigger: C: PUBLISH q1, 65,536 times, each acknowledged; C: PUBLISH id=0.
-- Defect: c-id-zero-on-wrap
return scenario {
  title = "A client's identifiers go on from 65535 with 1",
  clauses = { "v3:MQTT-2.3.1-1", "v5:MQTT-2.2.1-3" },
  tags = { "defect:c-id-zero-on-wrap" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { first_packet_identifier = 65534 })
    client:connect()
    local expected = { 65534, 65535, 1, 2 }
    for i = 1, 4 do
      local m = client:publish("t", "m" .. i, { qos = 1 })
      m:wait("10s")
      t:check(m.packet_id == expected[i], "identifier " .. expected[i])
    end
  end,
}
