local raw_client = require "_raw"
-- The client may not publish below "closed", so the first message is refused; its identifier is free again.
return scenario {
  title = "After a PUBREC that refuses, the same identifier is that of a new message",
  clauses = { "v5:MQTT-4.3.3-9" },
  versions = { "5.0" },
  topics = "absolute",
  broker = { topic_rules = { { filter = "open/#", publish = true, subscribe = true } } },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("open/#", { qos = 2 })
    local raw = raw_client.accepted(t, "raw")
    raw:send { type = "PUBLISH", topic = "closed/t", qos = 2, packet_identifier = 7, payload = "refused" }
    raw:expect { type = "PUBREC", packet_identifier = 7, reason_code = 0x87 }
    raw:send { type = "PUBLISH", topic = "open/t", qos = 2, packet_identifier = 7, payload = "new" }
    raw:expect { type = "PUBREC", packet_identifier = 7 }
    raw:send { type = "PUBREL", packet_identifier = 7 }
    raw:expect { type = "PUBCOMP", packet_identifier = 7 }
    t:sleep("2s")
  end,
}
