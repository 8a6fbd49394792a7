local raw_client = require "_raw"

-- Each of these ends the connection.
local cases = {
  { "string_not_utf8", "a Topic Name that is not UTF-8", "30 05 00 02 c0 af 00" },
  { "topic_wildcard", "a wildcard in a Topic Name", "30 06 00 03 61 2f 23 00" },
  { "no_filter", "SUBSCRIBE without a Topic Filter", "82 03 00 01 00" },
  { "identifier_zero", "Packet Identifier 0", "82 07 00 00 00 00 01 61 01" },
  { "server_packet", "a packet that only servers send", "d0 00" },
  { "qos3", "PUBLISH of QoS 3", "36 06 00 01 61 00 01 00" },
  { "subscribe_qos3", "SUBSCRIBE that asks for QoS 3", "82 07 00 01 00 00 01 61 03" },
  { "alias_zero", "Topic Alias 0", "30 07 00 01 61 03 23 00 00" },
  { "alias_above", "a Topic Alias above the maximum", "30 07 00 01 61 03 23 00 09" },
  { "alias_unknown", "a Topic Alias that stands for nothing", "30 06 00 00 03 23 00 01" },
  { "identifier_of_a_subscription_zero", "Subscription Identifier 0", "82 09 00 01 02 0b 00 00 01 61 01" },
  { "handling_3", "Retain Handling 3", "82 07 00 01 00 00 01 61 30" },
  { "reserved_options", "reserved subscription options", "82 07 00 01 00 00 01 61 40", "v5:MQTT-3.8.3-5" },
  { "shared_no_local", "No Local on a Shared Subscription",
    "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 74 04", "v5:MQTT-3.8.3-4" },
  { "property_twice", "a property that stands twice", "30 0e 00 01 61 0a 02 00 00 00 01 02 00 00 00 01" },
  { "property_unknown", "a property that does not exist", "30 06 00 01 61 02 7f 00" },
  { "property_misplaced", "a property that does not belong there", "30 09 00 01 61 05 11 00 00 00 01" },
  { "auth", "AUTH where CONNECT named no method", "f0 06 18 04 15 00 01 6d" },
}

-- Topic Filters that may as well be refused by SUBACK with 0x8F.
local filters = {
  { "bad_filter", "a wildcard in the middle of a level", "82 09 00 01 00 00 03 61 23 62 01" },
  { "share_name", "a wildcard in a share name", "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 2b 2f 74 01" },
}

-- Properties of a PUBLISH that, had the server passed them on, it would have sent itself.
local passed_on = {
  { "identifier_from_a_client", "PUBLISH with a Subscription Identifier", "0b 01", "v5:MQTT-3.3.4-6" },
  { "response_topic", "a Response Topic with a wildcard", "08 00 03 61 2f 23", "v5:MQTT-3.3.2-14" },
}

-- A CONNECT that must not be accepted.
local connects = {
  { "protocol_name", "another Protocol Name", { ["3.1.1"] = "10 0d 00 04 4d 51 54 58 04 02 00 00 00 01 61",
      ["5.0"] = "10 0e 00 04 4d 51 54 58 05 02 00 00 00 00 01 61" }, { "v3:MQTT-3.1.2-1", "v5:MQTT-3.1.2-1" } },
  { "reserved_flag", "the reserved Connect Flag", { ["3.1.1"] = "10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61",
      ["5.0"] = "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61" }, { "v3:MQTT-3.1.2-3", "v5:MQTT-3.1.2-3" } },
  { "will_retain", "Will Retain 1 without a will", { ["3.1.1"] = "10 0d 00 04 4d 51 54 54 04 22 00 00 00 01 61",
      ["5.0"] = "10 0e 00 04 4d 51 54 54 05 22 00 00 00 00 01 61" },
    { "v3:MQTT-3.1.2-15", "v3:MQTT-3.1.4-1", "v5:MQTT-3.1.2-13", "v5:MQTT-3.1.4-1" } },
  { "connect_property_twice", "a property of CONNECT that stands twice",
    { ["5.0"] = "10 18 00 04 4d 51 54 54 05 02 00 00 0a 11 00 00 00 01 11 00 00 00 01 00 01 61" },
    { "v5:MQTT-3.1.4-1" } },
}

local list = {}
for _, case in ipairs(cases) do
  list[#list + 1] = scenario {
    id = case[1],
    title = "The server closes the connection on " .. case[2],
    clauses = { case[4] or "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    broker = case[1]:find("^alias_") and { topic_alias_maximum = 4 } or nil,
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send(case[3])
      raw:expect_closed("10s")
    end,
  }
end
for _, case in ipairs(filters) do
  list[#list + 1] = scenario {
    id = case[1],
    title = "The server closes the connection on " .. case[2] .. ", or refuses the Topic Filter",
    clauses = { "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send(case[3])
      t:sleep("10s") -- long enough for what it does; the oracles know what it may do
      for _, packet in ipairs(raw:received()) do
        t:check(packet.type ~= "SUBACK" or packet.reason_codes[1] >= 0x80, "it is not granted")
      end
    end,
  }
end
for _, case in ipairs(passed_on) do
  list[#list + 1] = scenario {
    id = case[1],
    title = "The server closes the connection on " .. case[2],
    clauses = { "v5:MQTT-4.13.1-1", case[4] },
    versions = { "5.0" },
    run = function(t)
      local sub = t:client("subscriber")
      sub:connect()
      sub:subscribe("a", { qos = 0 })
      local raw = raw_client.accepted(t, "raw")
      local topic, properties = t:topic("a"), case[3]:gsub(" ", "")
      local body = string.format("%04x", #topic) .. topic:gsub(".", function(c) return string.format("%02x", c:byte()) end)
        .. string.format("%02x", #properties // 2) .. properties
      raw:send("30" .. string.format("%02x", #body // 2) .. body)
      raw:expect_closed("10s")
    end,
  }
end
for _, case in ipairs(connects) do
  list[#list + 1] = scenario {
    id = case[1],
    title = "The server does not accept " .. case[2],
    clauses = case[4],
    versions = case[3]["3.1.1"] and { "3.1.1", "5.0" } or { "5.0" },
    run = function(t)
      local raw = t:raw("raw")
      raw:send(case[3][t.version])
      raw:expect_closed("25s")
    end,
  }
end
return list
