-- A packet that a dissector must mark: its Topic Name is longer than the packet.
return scenario {
  title = "A Topic Name that is longer than its packet",
  clauses = { "v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1" },
  run = function(t)
    local raw = t:raw("raw", {})
    raw:send { type = "CONNECT", client_identifier = "raw", clean_session = true, keep_alive = 0 }
    raw:expect { type = "CONNACK", code = 0 }
    raw:send("30 05 00 09 61 62 63")
    raw:expect_closed("10s")
  end,
}
