local raw_client = require "_raw"
return scenario {
  title = "QoS 2: a PUBLISH repeated before PUBREL is answered each time and delivered once",
  clauses = { "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    local raw = raw_client.accepted(t, "raw", { clean = false })
    raw:send { type = "PUBLISH", topic = "bill", payload = "42", qos = 2, packet_identifier = 9 }
    raw:expect { type = "PUBREC", packet_identifier = 9 }
    for _ = 1, 3 do
      -- Resending within one connection is what 3.1.1 allows.
      t:sleep("1s")
      raw:send { type = "PUBLISH", topic = "bill", payload = "42", qos = 2, packet_identifier = 9, dup = true }
      raw:expect { type = "PUBREC", packet_identifier = 9 }
    end
    t:sleep("3s")
    raw:send { type = "PUBLISH", topic = "bill", payload = "42", qos = 2, packet_identifier = 9, dup = true }
    raw:expect { type = "PUBREC", packet_identifier = 9 }
    raw:send { type = "PUBREL", packet_identifier = 9 }
    raw:expect { type = "PUBCOMP", packet_identifier = 9 }
    sub:expect { topic = "bill", payload = "42" }
    t:quiet("5s")
  end,
}
