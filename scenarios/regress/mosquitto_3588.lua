-- eclipse-mosquitto/mosquitto#3588, https://github.com/eclipse-mosquitto/mosquitto/issues/3588; broker, MQTT 5.0.
-- Wrong: a client that exceeded the Receive Maximum got PUBREC 0x97 and stayed connected.
-- Trigger: B: CONNACK receive_maximum=1; P: PUBLISH q2 1; B: PUBREC 1; P: PUBLISH q2 2 before PUBREL 1; B: no
-- DISCONNECT 0x93.
-- Defect: b-recvmax-overrun-tolerated
local raw_client = require "_raw"

return scenario {
  title = "More than the Receive Maximum ends the connection",
  clauses = { "v5:MQTT-4.13.1-1" },
  versions = { "5.0" },
  tags = { "defect:b-recvmax-overrun-tolerated" },
  broker = { receive_maximum = 1 },
  link = { delay = "30ms" },
  run = function(t)
    local pub = raw_client.accepted(t, "publisher")
    pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 1, payload = "x" }
    pub:expect { type = "PUBREC", packet_identifier = 1 }
    pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 2, payload = "y" }
    pub:expect_closed("10s")
  end,
}
