return scenario {
  title = "Packets that arrive in pieces are packets all the same",
  clauses = { "v3:MQTT-3.1.4-4", "v3:MQTT-7.1.1-1", "v5:MQTT-3.1.4-5", "v5:MQTT-4.2.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local v5 = t.version == "5.0" -- one byte more: the Property Length
    local raw = t:raw("raw")
    local before = raw:link():stats()["c>b"].packets
    raw:send(v5 and "10 10 00 04 4d 51" or "10 0f 00 04 4d 51")
    t:sleep("300ms")
    t:check(raw:link():stats()["c>b"].packets > before, "the first piece is sent at once")
    raw:send(v5 and "54 54 05 02 00 3c 00 00 03 72" or "54 54 04 02 00 3c 00 03 72")
    t:sleep("300ms")
    raw:send(v5 and "61 35" or "61 77") -- "ra5" and "raw": both versions may run at once
    raw:expect { type = "CONNACK", code = 0 }
    raw:send "c0"
    t:sleep("300ms")
    raw:send "00 c0 00"
    raw:expect { type = "PINGRESP" }
    raw:expect { type = "PINGRESP" }
  end,
}
