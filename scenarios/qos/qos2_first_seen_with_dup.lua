local raw_client = require "_raw"
return scenario {
  title = "QoS 2: a PUBLISH with DUP 1 whose original never arrived is a new message",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-3.3.1-3",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-3.3.1-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    local raw = raw_client.accepted(t, "raw", { clean = false })
    raw:send { type = "PUBLISH", topic = "bill", payload = "42", qos = 2, packet_identifier = 3, dup = true }
    raw:expect { type = "PUBREC", packet_identifier = 3 }
    raw:send { type = "PUBREL", packet_identifier = 3 }
    raw:expect { type = "PUBCOMP", packet_identifier = 3 }
    sub:expect { topic = "bill", payload = "42", dup = false }
    t:quiet("5s")
  end,
}
