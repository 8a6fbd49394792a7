-- A PUBLISH that is refused (PUBACK or PUBREC of 0x80 and above) is over: it is not sent again, and its Packet Identifier
-- is free for another message.
local broker = { topic_rules = { { filter = "free/#", publish = true, subscribe = true } } }

local function resumes(qos)
  return function(t)
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    local refused = pub:publish("closed/a", "x", { qos = qos })
    t:check(refused:wait("10s") >= 0x80, "the broker refuses the message")
    pub:drop("rst")
    t:sleep("1s")
    pub:connect()
    pub:publish("free/a", "y", { qos = qos }):wait("10s")
    t:quiet("5s")
  end
end

return {
  scenario {
    id = "qos1",
    title = "QoS 1: what was refused is not sent again when the session is resumed",
    clauses = { "v5:MQTT-4.4.0-2" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    broker = broker,
    run = resumes(1),
  },
  scenario {
    id = "qos2",
    title = "QoS 2: what was refused is not sent again when the session is resumed",
    clauses = { "v5:MQTT-4.4.0-2" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    broker = broker,
    run = resumes(2),
  },
  scenario {
    id = "identifier_is_free",
    title = "After a PUBREC that refuses, the same Packet Identifier brings a new message",
    clauses = { "v5:MQTT-4.3.3-9" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    broker = broker,
    run = function(t)
      local sub = t:client("subscriber")
      sub:connect()
      sub:subscribe("free/#", { qos = 2 })
      local raw = t:raw("raw")
      raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), keep_alive = 0 }
      raw:expect { type = "CONNACK", code = 0 }
      raw:send { type = "PUBLISH", topic = "closed/a", qos = 2, packet_identifier = 5, payload = "refused" }
      raw:expect { type = "PUBREC", packet_identifier = 5, reason_code = 0x87 }
      raw:send { type = "PUBLISH", topic = "free/a", qos = 2, packet_identifier = 5, payload = "taken" }
      raw:expect { type = "PUBREC", packet_identifier = 5, reason_code = 0 }
      raw:send { type = "PUBREL", packet_identifier = 5 }
      raw:expect { type = "PUBCOMP", packet_identifier = 5 }
      sub:expect { topic = "free/a", payload = "taken", qos = 2 }
    end,
  },
}
