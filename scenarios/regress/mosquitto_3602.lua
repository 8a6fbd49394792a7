-- eclipse-mosquitto/mosquitto#3602, https://github.com/eclipse-mosquitto/mosquitto/issues/3602; broker, MQTT 5.0.
-- Wrong: the first duplicate of an unreleased QoS 2 PUBLISH got its PUBREC, the second one DISCONNECT 0x82.
-- Trigger: P: PUBLISH q2 id=10; B: PUBREC 10; P: PUBLISH 10 DUP; B: PUBREC 10; P: PUBLISH 10 DUP; B: DISCONNECT.
-- A client of 5.0 may send a copy only when it resumes its Session (v5:MQTT-4.4.0-1), so there it reconnects before each.
-- Defect: b-qos2-second-dup-is-error
local raw_client = require "_raw"

return scenario {
  title = "Every copy of an unreleased QoS 2 PUBLISH is answered with PUBREC",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10" },
  tags = { "defect:b-qos2-second-dup-is-error" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = raw_client.accepted(t, "publisher", { clean = false })
    for copy = 1, 4 do
      if copy > 1 and t.version == "5.0" then raw_client.reconnected(t, pub, "publisher", { clean = false }) end
      pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 10, dup = copy > 1, payload = "x" }
      pub:expect { type = "PUBREC", packet_identifier = 10 }
    end
    pub:send { type = "PUBREL", packet_identifier = 10 }
    pub:expect { type = "PUBCOMP", packet_identifier = 10 }
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
