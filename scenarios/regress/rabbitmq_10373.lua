-- rabbitmq/rabbitmq-server#10373, https://github.com/rabbitmq/rabbitmq-server/issues/10373; broker, MQTT 3.1.1.
-- Wrong: QoS 2 was served as QoS 1 (a documented limit): PUBLISH was answered with PUBACK, and strict clients closed.
-- Trigger: P: PUBLISH q2 id=1; B: PUBACK 1.
-- Defect: b-qos2-answered-puback
local raw_client = require "_raw"

return scenario {
  title = "A QoS 2 PUBLISH is answered with PUBREC, not PUBACK",
  clauses = { "v3:MQTT-3.3.4-1", "v3:MQTT-4.3.3-2", "v5:MQTT-3.3.4-1", "v5:MQTT-4.3.3-8" },
  requires = { "qos2" },
  tags = { "defect:b-qos2-answered-puback" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = raw_client.accepted(t, "publisher")
    pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 1, payload = "x" }
    pub:expect { type = "PUBREC", packet_identifier = 1 }
    pub:send { type = "PUBREL", packet_identifier = 1 }
    pub:expect { type = "PUBCOMP", packet_identifier = 1 }
  end,
}
