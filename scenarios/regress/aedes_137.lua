-- moscajs/aedes#137, https://github.com/moscajs/aedes/issues/137; broker, MQTT 3.1.1.
-- Wrong: after two PUBRECs a client sent PUBREL twice, and the broker, which had released the message, disconnected
-- it.
-- Trigger: P: PUBLISH q2 id=2; B: PUBREC 2; P: PUBREL 2; B: PUBCOMP 2; P: PUBREL 2; B closes the connection.
-- Defect: b-qos2-pubrel-unknown-closes
local raw_client = require "_raw"

return scenario {
  title = "A second PUBREL is answered with PUBCOMP again",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-11" },
  tags = { "defect:b-qos2-pubrel-unknown-closes" },
  link = { delay = "30ms" },
  run = function(t)
    local pub = raw_client.accepted(t, "publisher")
    pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 2, payload = "x" }
    pub:expect { type = "PUBREC", packet_identifier = 2 }
    for _ = 1, 2 do
      pub:send { type = "PUBREL", packet_identifier = 2 }
      pub:expect { type = "PUBCOMP", packet_identifier = 2 }
    end
    pub:expect_open("3s")
  end,
}
