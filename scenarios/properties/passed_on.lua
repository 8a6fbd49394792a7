local FULL = {
  qos = 1, payload_format_indicator = 1, content_type = "text/plain", response_topic = "answers",
  correlation_data = "a\0b", user_properties = { { "k", "1" }, { "l", "2" }, { "k", "3" } },
}

local CLAUSES = { "v5:MQTT-3.3.2-4", "v5:MQTT-3.3.2-15", "v5:MQTT-3.3.2-16", "v5:MQTT-3.3.2-17", "v5:MQTT-3.3.2-18",
                  "v5:MQTT-3.3.2-20" }

return {
  scenario {
    id = "live",
    title = "The properties of a message reach the subscriber as they were published",
    clauses = CLAUSES,
    versions = { "5.0" },
    run = function(t)
      local sub, pub = t:client("subscriber"), t:client("publisher")
      sub:connect()
      sub:subscribe("t", { qos = 1 })
      pub:connect()
      pub:publish("t", "text", FULL):wait("10s")
      sub:expect { topic = "t" }
    end,
  },
  scenario {
    id = "retained",
    title = "... also of a retained message",
    clauses = CLAUSES,
    versions = { "5.0" },
    run = function(t)
      local sub, pub = t:client("subscriber"), t:client("publisher")
      pub:connect()
      local opts = { retain = true }
      for name, value in pairs(FULL) do opts[name] = value end
      pub:publish("r", "text", opts):wait("10s")
      sub:connect()
      sub:subscribe("r", { qos = 1 })
      sub:expect { topic = "r" }
    end,
  },
  scenario {
    id = "problem_information",
    title = "No Reason String for a client that asked for none",
    clauses = { "v5:MQTT-3.1.2-29" },
    versions = { "5.0" },
    run = function(t)
      local raw = t:raw("raw")
      raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), keep_alive = 0,
                 properties = { request_problem_information = 0 } }
      raw:expect { type = "CONNACK", code = 0 }
      raw:send { type = "PUBREL", packet_identifier = 9 }
      raw:expect { type = "PUBCOMP", packet_identifier = 9 }
    end,
  },
}
