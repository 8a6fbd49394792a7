-- JustDoIt0910/tinyMQTT#16, https://github.com/JustDoIt0910/tinyMQTT/issues/16; broker, MQTT 3.1.1.
-- Wrong: a PUBLISH in the same segment as CONNECT, which a client may send before CONNACK comes, crashed the broker.
-- Trigger: C: CONNECT and PUBLISH q1 in one segment; B: no CONNACK and PUBACK.
-- Defect: b-early-packets-lost
return scenario {
  title = "A PUBLISH in one segment with CONNECT is answered after CONNACK",
  clauses = { "v3:MQTT-3.3.4-1", "v3:MQTT-4.3.2-2", "v5:MQTT-3.3.4-1", "v5:MQTT-4.3.2-4" },
  tags = { "defect:b-early-packets-lost" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("c")
    if t.version == "5.0" then
      raw:send("10 0d 00 04 4d 51 54 54 05 02 00 3c 00 00 00 32 07 00 01 74 00 01 00 78")
    else
      raw:send("10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00 32 06 00 01 74 00 01 78")
    end
    t:sleep("3s")
    raw:expect { type = "CONNACK", code = 0 }
    raw:expect { type = "PUBACK", packet_identifier = 1 }
  end,
}
