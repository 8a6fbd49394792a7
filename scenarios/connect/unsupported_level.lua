return scenario {
  title = "An unsupported protocol level is refused, in 3.1.1 with return code 1, then the connection is closed",
  clauses = { "v3:MQTT-3.1.2-2", "v3:MQTT-3.2.2-4", "v3:MQTT-3.2.2-5",
              "v5:MQTT-3.1.2-2", "v5:MQTT-3.2.2-6", "v5:MQTT-3.2.2-7" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    -- CONNECT with protocol level 9
    raw:send "10 0f 00 04 4d 51 54 54 09 02 00 3c 00 03 72 61 77"
    -- 3.1.1 demands the answer; 5.0 allows one, and leaves open in the form of which version.
    if t.version == "3.1.1" then raw:expect { type = "CONNACK", code = 1, session_present = false } end
    raw:expect_closed("30s")
  end,
}
