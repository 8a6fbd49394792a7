-- Reason String and User Properties explain an answer. The broker sends them to a client that can take them, and leaves
-- them out where the answer would be larger than the client's Maximum Packet Size. Each case asks three times for the
-- same answer: by a client that takes both, by one that takes the Reason String alone, and by one that takes neither.
local PADDING = string.rep("x", 200)
local broker = {
  user_properties = { { "padding", PADDING } },
  topic_rules = { { filter = "free/#", publish = true, subscribe = true } },
}

local function asks(t, name, limit, connect)
  connect = connect or {}
  local raw = t:raw(name)
  raw:send { type = "CONNECT", client_identifier = t:client_id(name), keep_alive = 0,
             will_topic = connect.will_topic, will_message = connect.will_topic and "x",
             properties = { maximum_packet_size = limit } }
  return raw
end

-- Sends the packets, and looks at what the answer says beside its code.
local function explained(t, case, limit, reason_string, user_property)
  local raw = asks(t, case.id .. "-" .. limit, limit, case.connect)
  if case.answer ~= "CONNACK" then raw:expect { type = "CONNACK", code = 0 } end
  if case.before then raw:send(case.before) end
  if case.send then raw:send(case.send) end
  local answer = raw:expect { type = case.answer }
  local said = answer.properties or {}
  t:check((said.reason_string ~= nil) == reason_string, "whether there is a Reason String depends on the size")
  t:check((said.user_property ~= nil) == user_property, "whether there are User Properties depends on the size")
  t:check(#answer.bytes <= limit, "the packet is not larger than the client takes")
end

local cases = {
  { id = "connack", answer = "CONNACK", connect = { will_topic = "closed/will" },
    clauses = { "v5:MQTT-3.2.2-19", "v5:MQTT-3.2.2-20" } },
  { id = "puback", answer = "PUBACK", clauses = { "v5:MQTT-3.4.2-2", "v5:MQTT-3.4.2-3" },
    send = { type = "PUBLISH", topic = "closed/a", qos = 1, packet_identifier = 1 } },
  { id = "pubrec", answer = "PUBREC", clauses = { "v5:MQTT-3.5.2-2", "v5:MQTT-3.5.2-3" },
    send = { type = "PUBLISH", topic = "closed/a", qos = 2, packet_identifier = 1 } },
  { id = "pubrel", answer = "PUBREL", clauses = { "v5:MQTT-3.6.2-2", "v5:MQTT-3.6.2-3" },
    send = { type = "PUBREC", packet_identifier = 7 } },
  { id = "pubcomp", answer = "PUBCOMP", clauses = { "v5:MQTT-3.7.2-2", "v5:MQTT-3.7.2-3" },
    send = { type = "PUBREL", packet_identifier = 7 } },
  { id = "suback", answer = "SUBACK", clauses = { "v5:MQTT-3.9.2-1", "v5:MQTT-3.9.2-2" },
    send = { type = "SUBSCRIBE", packet_identifier = 1, filters = { { filter = "closed/a", qos = 1 } } } },
  { id = "unsuback", answer = "UNSUBACK", clauses = { "v5:MQTT-3.11.2-1", "v5:MQTT-3.11.2-2" },
    -- The identifier is that of a message that has not been released.
    before = { type = "PUBLISH", topic = "free/a", qos = 2, packet_identifier = 1 },
    send = { type = "UNSUBSCRIBE", packet_identifier = 1, filters = { "free/a" } } },
  { id = "disconnect", answer = "DISCONNECT", clauses = { "v5:MQTT-3.14.2-3", "v5:MQTT-3.14.2-4" },
    send = "e1 00" },
}

local list = {}
for i, case in ipairs(cases) do
  list[i] = scenario {
    id = case.id,
    title = case.answer .. ": Reason String and User Properties are left out where they make it too large for the client",
    clauses = case.clauses,
    versions = { "5.0" },
    link = { delay = "10ms" },
    broker = broker,
    run = function(t)
      explained(t, case, 1000, true, true)
      explained(t, case, 150, true, false)
      explained(t, case, 16, false, false)
    end,
  }
end
return list
