-- redboltz/mqtt_cpp#758, https://github.com/redboltz/mqtt_cpp/issues/758; broker, MQTT 5.0.
-- Wrong: a PUBREL whose identifier was still registered stopped the process.
-- Trigger: B>S: PUBLISH q2; S: PUBREC; B>S: PUBREL; S: PUBREC again.
-- Defect: b-repeat-pubrec-aborts
local raw_client = require "_raw"

return scenario {
  title = "A PUBREC that comes twice is answered twice",
  clauses = { "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-4" },
  tags = { "defect:b-repeat-pubrec-aborts" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = raw_client.accepted(t, "subscriber")
    sub:send { type = "SUBSCRIBE", packet_identifier = 1, filters = { { filter = "t", qos = 2 } } }
    sub:expect { type = "SUBACK" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    local m = sub:expect { type = "PUBLISH", qos = 2 }
    for _ = 1, 2 do
      sub:send { type = "PUBREC", packet_identifier = m.packet_identifier }
      sub:expect { type = "PUBREL", packet_identifier = m.packet_identifier }
    end
    sub:send { type = "PUBCOMP", packet_identifier = m.packet_identifier }
    sub:expect_open("3s")
  end,
}
