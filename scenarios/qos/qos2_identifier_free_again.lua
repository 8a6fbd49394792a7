local raw_client = require "_raw"
return scenario {
  title = "QoS 2: after PUBCOMP the identifier belongs to a new message",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-4.3.3-12" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    local raw = raw_client.accepted(t, "raw")
    for i = 1, 3 do
      raw:send { type = "PUBLISH", topic = "bill", payload = "n" .. i, qos = 2, packet_identifier = 5 }
      raw:expect { type = "PUBREC", packet_identifier = 5 }
      raw:send { type = "PUBREL", packet_identifier = 5 }
      raw:expect { type = "PUBCOMP", packet_identifier = 5 }
      sub:expect { topic = "bill", payload = "n" .. i }
    end
    t:quiet("5s")
  end,
}
