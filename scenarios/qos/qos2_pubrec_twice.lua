local raw_client = require "_raw"
return scenario {
  title = "QoS 2: a receiver that sends PUBREC twice gets PUBREL and keeps its connection",
  clauses = { "v3:MQTT-4.3.3-1" },
  versions = { "3.1.1" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "raw")
    raw:send { type = "SUBSCRIBE", packet_identifier = 1, filters = { { "bill", 2 } } }
    raw:expect { type = "SUBACK", packet_identifier = 1 }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("bill", "42", { qos = 2 })
    local id = raw:expect { type = "PUBLISH", topic = "bill", qos = 2 }.packet_identifier
    raw:send { type = "PUBREC", packet_identifier = id }
    raw:send { type = "PUBREC", packet_identifier = id }
    raw:expect { type = "PUBREL", packet_identifier = id }
    raw:send { type = "PUBCOMP", packet_identifier = id }
    raw:expect_open("5s")
  end,
}
