-- wolfSSL/wolfMQTT#506, https://github.com/wolfSSL/wolfMQTT/issues/506; broker, MQTT 3.1.1.
-- Wrong: PUBREC and PUBCOMP came from no stored state; each copy of a PUBLISH was forwarded.
-- Trigger: P: PUBLISH q2 id=7; B: PUBREC 7; P: PUBLISH 7 DUP; B: PUBREC 7; S has two; P: PUBREL 7; B: PUBCOMP 7.
-- Defect: b-qos2-no-inbound-id-store
local raw_client = require "_raw"

return scenario {
  title = "A repeated QoS 2 PUBLISH is forwarded once",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-10" },
  tags = { "defect:b-qos2-no-inbound-id-store" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = raw_client.accepted(t, "publisher")
    pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 7, payload = "x" }
    pub:expect { type = "PUBREC", packet_identifier = 7 }
    pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 7, dup = true, payload = "x" }
    pub:expect { type = "PUBREC", packet_identifier = 7 }
    pub:send { type = "PUBREL", packet_identifier = 7 }
    pub:expect { type = "PUBCOMP", packet_identifier = 7 }
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
