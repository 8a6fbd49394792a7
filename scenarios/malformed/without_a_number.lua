local raw_client = require "_raw"

-- Rules of 5.0 that the standard states without a number: "it is a Protocol Error to ...". They bind a server by 4.13.1-1:
-- it closes the connection. Each scenario is about one packet; each case says which section it comes from.
local function byte(id, value) return string.char(id, value) end
local function two(id, value) return string.pack(">BI2", id, value) end
local function four(id, value) return string.pack(">BI4", id, value) end
local function text(id, value) return string.pack(">Bs2", id, value) end
local function twice(property) return property .. property end

local SESSION_EXPIRY, AUTH_METHOD, AUTH_DATA, PROBLEM, DELAY, RESPONSE = 0x11, 0x15, 0x16, 0x17, 0x18, 0x19
local REASON, RECEIVE, ALIAS_MAXIMUM, ALIAS, PACKET_SIZE = 0x1f, 0x21, 0x22, 0x23, 0x27
local FORMAT, EXPIRY, CONTENT, ANSWER_TO, CORRELATION, SUBSCRIPTION = 0x01, 0x02, 0x03, 0x08, 0x09, 0x0b

-- A packet: first byte and what follows its length; properties with their length.
local function packet(first, rest) return string.char(first, #rest) .. rest end
local function list(properties) return string.char(#properties) .. properties end
local function hex(bytes) return (bytes:gsub(".", function(c) return string.format("%02x ", c:byte()) end)) end

local function connect(properties)
  return packet(0x10, "\0\4MQTT\5\2\0\0" .. list(properties) .. string.pack(">s2", "without-a-number"))
end
local function connect_with_will(properties)
  return packet(0x10, "\0\4MQTT\5\6\0\0\0" .. string.pack(">s2", "without-a-number") .. list(properties) ..
    string.pack(">s2s2", "w", "gone"))
end
local function publish(properties) return packet(0x30, string.pack(">s2", "t") .. list(properties)) end
local function subscribe(properties, options)
  return packet(0x82, "\0\1" .. list(properties) .. string.pack(">s2B", "t", options or 0))
end
local function unsubscribe(properties) return packet(0xa2, "\0\1" .. list(properties) .. string.pack(">s2", "t")) end
local function answer(first) return function(properties) return packet(first, "\0\1\0" .. list(properties)) end end
local function disconnect(properties) return packet(0xe0, "\0" .. list(properties)) end
local function auth(properties) return packet(0xf0, "\x18" .. list(properties)) end

-- { id, what of, first: it comes before CONNACK, cases: { section, what is wrong, bytes } }
local groups = {
  { "connect", "CONNECT", true, {
    { "3.1.2.11.2", "Session Expiry Interval twice", connect(twice(four(SESSION_EXPIRY, 1))) },
    { "3.1.2.11.3", "Receive Maximum twice", connect(twice(two(RECEIVE, 1))) },
    { "3.1.2.11.3", "Receive Maximum 0", connect(two(RECEIVE, 0)) },
    { "3.1.2.11.4", "Maximum Packet Size twice", connect(twice(four(PACKET_SIZE, 100))) },
    { "3.1.2.11.4", "Maximum Packet Size 0", connect(four(PACKET_SIZE, 0)) },
    { "3.1.2.11.5", "Topic Alias Maximum twice", connect(twice(two(ALIAS_MAXIMUM, 1))) },
    { "3.1.2.11.6", "Request Response Information twice", connect(twice(byte(RESPONSE, 1))) },
    { "3.1.2.11.6", "Request Response Information 2", connect(byte(RESPONSE, 2)) },
    { "3.1.2.11.7", "Request Problem Information twice", connect(twice(byte(PROBLEM, 1))) },
    { "3.1.2.11.7", "Request Problem Information 2", connect(byte(PROBLEM, 2)) },
    { "3.1.2.11.9", "Authentication Method twice", connect(twice(text(AUTH_METHOD, "m"))) },
    { "3.1.2.11.10", "Authentication Data without a method", connect(text(AUTH_DATA, "d")) },
    { "3.1.2.11.10", "Authentication Data twice", connect(text(AUTH_METHOD, "m") .. twice(text(AUTH_DATA, "d"))) },
    { "2.2.2.2", "a property of PUBLISH", connect(two(ALIAS, 1)) },
    { "2.2.2.2", "a property that does not exist", connect(byte(0x7f, 0)) },
  } },
  { "will", "the will's properties", true, {
    { "3.1.3.2.2", "Will Delay Interval twice", connect_with_will(twice(four(DELAY, 1))) },
    { "3.1.3.2.3", "Payload Format Indicator twice", connect_with_will(twice(byte(FORMAT, 1))) },
    { "3.1.3.2.4", "Message Expiry Interval twice", connect_with_will(twice(four(EXPIRY, 1))) },
    { "3.1.3.2.5", "Content Type twice", connect_with_will(twice(text(CONTENT, "c"))) },
    { "3.1.3.2.6", "Response Topic twice", connect_with_will(twice(text(ANSWER_TO, "a"))) },
    { "3.1.3.2.7", "Correlation Data twice", connect_with_will(twice(text(CORRELATION, "d"))) },
  } },
  { "publish", "PUBLISH", false, {
    { "3.3.2.3.2", "Payload Format Indicator twice", publish(twice(byte(FORMAT, 1))) },
    { "3.3.2.3.3", "Message Expiry Interval twice", publish(twice(four(EXPIRY, 1))) },
    { "3.3.2.3.4", "Topic Alias twice", publish(twice(two(ALIAS, 1))) },
    { "3.3.2.3.5", "Response Topic twice", publish(twice(text(ANSWER_TO, "a"))) },
    { "3.3.2.3.6", "Correlation Data twice", publish(twice(text(CORRELATION, "d"))) },
    { "3.3.2.3.9", "Content Type twice", publish(twice(text(CONTENT, "c"))) },
    { "3.3.2.1", "neither Topic Name nor Topic Alias", packet(0x30, "\0\0\0") },
  } },
  { "answers", "PUBACK, PUBREC, PUBREL and PUBCOMP", false, {
    { "3.4.2.2.2", "PUBACK: Reason String twice", answer(0x40)(twice(text(REASON, "r"))) },
    { "3.5.2.2.2", "PUBREC: Reason String twice", answer(0x50)(twice(text(REASON, "r"))) },
    { "3.6.2.2.2", "PUBREL: Reason String twice", answer(0x62)(twice(text(REASON, "r"))) },
    { "3.7.2.2.2", "PUBCOMP: Reason String twice", answer(0x70)(twice(text(REASON, "r"))) },
  } },
  { "subscribe", "SUBSCRIBE and UNSUBSCRIBE", false, {
    { "3.8.2.1.2", "Subscription Identifier 0", subscribe(byte(SUBSCRIPTION, 0)) },
    { "3.8.2.1.2", "Subscription Identifier twice", subscribe(twice(byte(SUBSCRIPTION, 1))) },
    { "3.8.3.1", "Maximum QoS 3", subscribe("", 3) },
    { "3.8.3.1", "Retain Handling 3", subscribe("", 0x30) },
    { "3.8.3", "SUBSCRIBE without a filter", packet(0x82, "\0\1\0") },
    { "3.10.3", "UNSUBSCRIBE without a filter", packet(0xa2, "\0\1\0") },
    { "2.2.2.2", "UNSUBSCRIBE: a property of SUBSCRIBE", unsubscribe(byte(SUBSCRIPTION, 1)) },
  } },
  { "disconnect", "DISCONNECT and AUTH", false, {
    { "3.14.2.2.2", "Session Expiry Interval twice", disconnect(twice(four(SESSION_EXPIRY, 0))) },
    { "3.14.2.2.2", "Session Expiry Interval, and CONNECT had none", disconnect(four(SESSION_EXPIRY, 9)) },
    { "3.14.2.2.3", "Reason String twice", disconnect(twice(text(REASON, "r"))) },
    { "3.15.2.2.2", "AUTH without a method", auth(text(AUTH_DATA, "d")) },
    { "3.15.2.2.3", "AUTH: Authentication Data twice", auth(text(AUTH_METHOD, "m") .. twice(text(AUTH_DATA, "d"))) },
    { "3.15.2.2.4", "AUTH: Reason String twice", auth(text(AUTH_METHOD, "m") .. twice(text(REASON, "r"))) },
  } },
}

local scenarios = {}
for i, group in ipairs(groups) do
  local id, what, first, cases = table.unpack(group)
  scenarios[i] = scenario {
    id = id,
    title = "Rules without a number: " .. what,
    clauses = { "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    link = { delay = "10ms" },
    broker = { topic_alias_maximum = 4 },
    run = function(t)
      for k, case in ipairs(cases) do
        local name = id .. k
        local raw = first and t:raw(name) or raw_client.accepted(t, name)
        t:note(case[1] .. ": " .. case[2])
        raw:send(hex(case[3]))
        raw:expect_closed("10s")
      end
    end,
  }
end
return scenarios
