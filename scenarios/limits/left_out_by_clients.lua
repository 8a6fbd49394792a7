-- The other direction: what a client says beside its codes gives way to the server's Maximum Packet Size.
local LARGE = { { "padding", string.rep("x", 100) } }
local SMALL = { { "a", "b" } }
local broker = { maximum_packet_size = 80, authentication = { method = "DRILL-REVERSE" } }

local function connected(t, name, opts)
  local client = t:client(name, opts)
  client:connect()
  return client
end

-- The same answer with little beside it, with too many User Properties, and with a Reason String that is too long.
local function acknowledges(qos)
  return function(t)
    local sub, pub = connected(t, "subscriber", { acks = "manual" }), connected(t, "publisher")
    sub:subscribe("t", { qos = qos })
    local beside = { { "why", SMALL }, { "why", LARGE }, { string.rep("r", 90), LARGE } }
    for i, one in ipairs(beside) do
      pub:publish("t", "message " .. i, { qos = qos }):wait("10s")
      sub:expect { topic = "t", payload = "message " .. i }
      sub:ack { reason_code = 0x83, properties = { reason_string = one[1] }, user_properties = one[2] }
    end
    t:quiet("5s")
    t:check(sub:connected(), "the answers were sent without what did not fit")
  end
end

local function answer(client, challenge)
  if challenge and challenge.type == "AUTH" then
    client:auth { data = (challenge.properties.authentication_data or ""):reverse() }
  end
end

return {
  scenario {
    id = "puback",
    title = "PUBACK: a client leaves out what makes it too large for the server",
    clauses = { "v5:MQTT-3.4.2-2", "v5:MQTT-3.4.2-3", "v5:MQTT-3.2.2-15" },
    versions = { "5.0" },
    broker = { maximum_packet_size = 80 },
    run = acknowledges(1),
  },
  scenario {
    id = "pubrec",
    title = "PUBREC: a client leaves out what makes it too large for the server",
    clauses = { "v5:MQTT-3.5.2-2", "v5:MQTT-3.5.2-3", "v5:MQTT-3.2.2-15" },
    versions = { "5.0" },
    broker = { maximum_packet_size = 80 },
    run = acknowledges(2),
  },
  scenario {
    id = "disconnect",
    title = "DISCONNECT: a client leaves out what makes it too large for the server",
    clauses = { "v5:MQTT-3.14.2-3", "v5:MQTT-3.14.2-4", "v5:MQTT-3.2.2-15" },
    versions = { "5.0" },
    broker = { maximum_packet_size = 80 },
    run = function(t)
      for i, users in ipairs { SMALL, LARGE } do
        connected(t, "client" .. i):disconnect { properties = { reason_string = "enough" }, user_properties = users }
      end
      connected(t, "client3"):disconnect { properties = { reason_string = string.rep("r", 90) } }
    end,
  },
  scenario {
    id = "auth",
    title = "AUTH: a client leaves out what makes it too large for the server",
    clauses = { "v5:MQTT-3.15.2-2", "v5:MQTT-3.15.2-3", "v5:MQTT-3.2.2-15" },
    versions = { "5.0" },
    broker = broker,
    run = function(t)
      local client = t:client("client", { authentication_method = "DRILL-REVERSE" })
      local challenge = client:connect()
      answer(client, challenge)
      -- Before CONNACK a client cannot know the limit; when it authenticates again it does.
      local beside = { { "why", SMALL }, { "why", LARGE }, { string.rep("r", 90), LARGE } }
      for _, one in ipairs(beside) do
        challenge = client:auth { reason_code = 0x19,
                                  properties = { reason_string = one[1], user_property = one[2] } }
        answer(client, challenge)
      end
      client:ping()
    end,
  },
}
