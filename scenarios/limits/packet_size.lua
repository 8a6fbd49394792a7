local raw_client = require "_raw"

local function pair(t, opts)
  local sub = t:client("subscriber", opts)
  sub:connect()
  sub:subscribe("t", { qos = 1 })
  local pub = t:client("publisher")
  pub:connect()
  return sub, pub
end

return {
  scenario {
    id = "of_the_client",
    title = "A message above the client's Maximum Packet Size is passed over; the others come",
    clauses = { "v5:MQTT-3.1.2-24", "v5:MQTT-3.1.2-25" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = pair(t, { maximum_packet_size = 100 })
      pub:publish("t", "before", { qos = 1 })
      pub:publish("t", string.rep("x", 200), { qos = 1 })
      pub:publish("t", "after", { qos = 1 }):wait("10s")
      t:sleep("5s")
      sub:ping("5s")
    end,
  },
  scenario {
    id = "reason_strings",
    title = "A Reason String is left out where it makes the packet too large",
    clauses = { "v5:MQTT-3.1.2-24", "v5:MQTT-3.7.2-2", "v5:MQTT-3.11.2-1" },
    versions = { "5.0" },
    run = function(t)
      local raw = t:raw("raw")
      raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), keep_alive = 0,
                 properties = { maximum_packet_size = 20 } }
      raw:expect { type = "CONNACK", code = 0 }
      raw:send { type = "PUBREL", packet_identifier = 9 }
      raw:expect { type = "PUBCOMP", packet_identifier = 9 }
    end,
  },
  scenario {
    id = "of_the_server",
    title = "A client sends nothing above the server's Maximum Packet Size",
    clauses = { "v5:MQTT-3.2.2-15" },
    versions = { "5.0" },
    broker = { maximum_packet_size = 100 },
    run = function(t)
      local pub = t:client("publisher")
      pub:connect()
      pub:publish("t", "small", { qos = 1 }):wait("10s")
      pub:publish("t", string.rep("x", 200), { qos = 1, may_fail = true })
      t:sleep("5s")
    end,
  },
  scenario {
    id = "exceeded",
    title = "A packet above the Maximum Packet Size ends the connection",
    clauses = { "v5:MQTT-4.13.1-1", "v5:MQTT-3.2.2-15" },
    versions = { "5.0" },
    broker = { maximum_packet_size = 100 },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send { type = "PUBLISH", topic = t:topic("t"), payload = string.rep("x", 200) }
      raw:expect_closed("10s")
    end,
  },
}
