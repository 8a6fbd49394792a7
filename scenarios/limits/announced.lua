local raw_client = require "_raw"

local function connected(t, name, opts)
  local c = t:client(name, opts)
  c:connect()
  return c
end

return {
  scenario {
    id = "quality_of_the_client",
    title = "A client publishes nothing above the Maximum QoS",
    clauses = { "v5:MQTT-3.2.2-9", "v5:MQTT-3.2.2-11" },
    versions = { "5.0" },
    broker = { maximum_qos = 1 },
    run = function(t)
      local pub = connected(t, "publisher")
      pub:publish("t", "one", { qos = 1 }):wait("10s")
      pub:publish("t", "two", { qos = 2, may_fail = true })
      t:sleep("5s")
    end,
  },
  scenario {
    id = "quality_exceeded",
    title = "A PUBLISH above the Maximum QoS ends the connection",
    clauses = { "v5:MQTT-4.13.1-1", "v5:MQTT-3.2.2-11" },
    versions = { "5.0" },
    broker = { maximum_qos = 1 },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send { type = "PUBLISH", topic = t:topic("t"), qos = 2, packet_identifier = 1, payload = "x" }
      raw:expect_closed("10s")
    end,
  },
  scenario {
    id = "quality_of_subscriptions",
    title = "Whoever subscribes may ask for any QoS",
    clauses = { "v5:MQTT-3.2.2-10" },
    versions = { "5.0" },
    broker = { maximum_qos = 1 },
    run = function(t)
      connected(t, "subscriber"):subscribe("t", { qos = 2 })
    end,
  },
  scenario {
    id = "quality_of_wills",
    title = "A will above the Maximum QoS is refused",
    clauses = { "v5:MQTT-3.2.2-12", "v5:MQTT-3.2.2-7" },
    versions = { "5.0" },
    broker = { maximum_qos = 1 },
    run = function(t)
      t:client("device", { will = { topic = "w", payload = "x", qos = 2 } }):connect { may_fail = true }
      t:sleep("1s")
    end,
  },
  scenario {
    id = "retain_of_the_client",
    title = "A client publishes nothing with RETAIN 1 where nothing is retained",
    clauses = { "v5:MQTT-3.2.2-14" },
    versions = { "5.0" },
    broker = { retain_available = false },
    run = function(t)
      local pub = connected(t, "publisher")
      pub:publish("t", "x", { qos = 1, retain = true, may_fail = true })
      pub:publish("t", "y", { qos = 1 }):wait("10s")
      t:sleep("5s")
    end,
  },
  scenario {
    id = "retain_exceeded",
    title = "RETAIN 1 ends the connection where nothing is retained",
    clauses = { "v5:MQTT-4.13.1-1", "v5:MQTT-3.2.2-14" },
    versions = { "5.0" },
    broker = { retain_available = false },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send { type = "PUBLISH", topic = t:topic("t"), retain = true, payload = "x" }
      raw:expect_closed("10s")
    end,
  },
  scenario {
    id = "retain_of_wills",
    title = "Will Retain 1 is refused where nothing is retained",
    clauses = { "v5:MQTT-3.2.2-13" },
    versions = { "5.0" },
    broker = { retain_available = false },
    run = function(t)
      t:client("device", { will = { topic = "w", payload = "x", retain = true } }):connect { may_fail = true }
      t:sleep("1s")
    end,
  },
  scenario {
    id = "keep_alive_of_the_client",
    title = "The Server Keep Alive goes before the client's own",
    clauses = { "v5:MQTT-3.1.2-21", "v5:MQTT-3.2.2-21" },
    versions = { "5.0" },
    broker = { server_keep_alive = 10 },
    run = function(t)
      local c = connected(t, "client", { keepalive = "60s" })
      t:sleep("100s")
      t:check(c:connected(), "the connection is still there")
    end,
  },
  scenario {
    id = "keep_alive_enforced",
    title = "The server closes after one and a half times the Server Keep Alive",
    clauses = { "v5:MQTT-3.1.2-22" },
    versions = { "5.0" },
    broker = { server_keep_alive = 10 },
    run = function(t)
      local raw = raw_client.accepted(t, "raw", { keep_alive = 100 })
      raw:expect_closed("60s")
    end,
  },
  scenario {
    id = "assigned",
    title = "A client without Client Identifier is told which one it has, and each has its own",
    clauses = { "v5:MQTT-3.1.3-6", "v5:MQTT-3.1.3-7", "v5:MQTT-3.2.2-16" },
    versions = { "5.0" },
    run = function(t)
      for i = 1, 2 do
        local raw = t:raw("raw" .. i)
        raw:send { type = "CONNECT", client_identifier = "", keep_alive = 0 }
        raw:expect { type = "CONNACK", code = 0 }
      end
      t:sleep("1s")
    end,
  },
  scenario {
    id = "taken_over",
    title = "Whose connection is taken over is told so",
    clauses = { "v5:MQTT-3.1.4-3" },
    versions = { "5.0" },
    run = function(t)
      local first = connected(t, "first", { id = "same" })
      connected(t, "second", { id = "same" })
      first:wait_closed("10s")
      t:check(first.disconnected and first.disconnected.reason_code == 0x8E, "DISCONNECT 0x8E comes before the end")
    end,
  },
  scenario {
    id = "reason_codes",
    title = "DISCONNECT, if the server sends one before it closes, says what was wrong",
    clauses = { "v5:MQTT-3.14.1-1", "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send("e1 00")
      raw:expect_closed("10s")
      for _, packet in ipairs(raw:received()) do -- section 4.13.1: a SHOULD, so there may be none
        t:check(packet.type ~= "DISCONNECT" or packet.reason_code == 0x81, "the Reason Code is 0x81, Malformed Packet")
      end
    end,
  },
}
