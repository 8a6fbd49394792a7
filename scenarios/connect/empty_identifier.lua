return scenario {
  title = "An empty Client Identifier needs CleanSession 1; with 0 it is refused with return code 2",
  clauses = { "v3:MQTT-3.1.3-8", "v3:MQTT-3.2.2-5" },
  versions = { "3.1.1" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    -- CONNECT, empty identifier, CleanSession 0
    raw:send "10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00"
    raw:expect { type = "CONNACK", code = 2, session_present = false }
    raw:expect_closed("30s")
    local clean = t:raw("clean")
    clean:send "10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00"
    clean:expect { type = "CONNACK" }
  end,
}
