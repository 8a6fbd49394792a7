-- fluent/fluent-bit#1464, https://github.com/fluent/fluent-bit/issues/1464; broker, MQTT 3.1.1.
-- Wrong: PUBACK and PUBREC carried a wrongly encoded identifier from 16 on (16 became 256).
-- Trigger: P: PUBLISH q1 id=16; B: PUBACK 256.
-- Defect: b-ack-wrong-id
local raw_client = require "_raw"

return scenario {
  title = "PUBACK and PUBREC carry the identifier of the PUBLISH, whatever its bytes are",
  clauses = { "v3:MQTT-2.3.1-6", "v3:MQTT-4.3.2-2", "v3:MQTT-4.3.3-2", "v5:MQTT-2.2.1-5" },
  tags = { "defect:b-ack-wrong-id" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = raw_client.accepted(t, "publisher")
    for _, id in ipairs { 1, 15, 16, 255, 256, 4095, 65535 } do
      pub:send { type = "PUBLISH", topic = "t", qos = 1, packet_identifier = id, payload = "x" }
      pub:expect { type = "PUBACK", packet_identifier = id }
      pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = id, payload = "x" }
      pub:expect { type = "PUBREC", packet_identifier = id }
      pub:send { type = "PUBREL", packet_identifier = id }
      pub:expect { type = "PUBCOMP", packet_identifier = id }
    end
  end,
}
