local raw_client = require "_raw"
-- A device that lost its memory begins at its first identifier again. The server may close for it; if it
-- answers, then as the QoS demands.
return scenario {
  title = "A QoS 1 PUBLISH is answered with PUBACK, whatever its identifier stood for before",
  clauses = { "v3:MQTT-3.3.4-1", "v3:MQTT-4.3.2-2", "v5:MQTT-3.3.4-1", "v5:MQTT-4.3.2-4" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local device = raw_client.accepted(t, "raw")
    device:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 1, payload = "before" }
    device:expect { type = "PUBREC", packet_identifier = 1 }
    device:send { type = "PUBLISH", topic = "t", qos = 1, packet_identifier = 1, payload = "after" }
    t:sleep("2s")
  end,
}
