return scenario {
  title = "A CONNECT whose reserved flag is set is not accepted",
  clauses = { "v3:MQTT-3.1.2-3", "v3:MQTT-3.1.4-1", "v5:MQTT-3.1.2-3", "v5:MQTT-3.1.4-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    raw:send(t.version == "5.0" and "10 10 00 04 4d 51 54 54 05 03 00 3c 00 00 03 72 61 77"
             or "10 0f 00 04 4d 51 54 54 04 03 00 3c 00 03 72 61 77")
    raw:expect_closed("30s")
  end,
}
