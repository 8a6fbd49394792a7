local raw_client = require "_raw"

local function publisher(t, opts)
  local pub = t:client("publisher", opts)
  pub:connect()
  return pub
end

return {
  scenario {
    id = "window",
    title = "A client has no more unfinished messages under way than the server's Receive Maximum",
    clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-1", "v5:MQTT-4.9.0-2" },
    versions = { "5.0" },
    broker = { receive_maximum = 2 },
    link = { delay = "40ms" },
    run = function(t)
      local pub = publisher(t)
      local last
      for i = 1, 9 do last = pub:publish("t", "m" .. i, { qos = i % 2 + 1 }) end
      last:wait("30s")
    end,
  },
  scenario {
    id = "pubrec_gives_nothing_back",
    title = "A QoS 2 message takes its quota until PUBCOMP",
    clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-2" },
    versions = { "5.0" },
    broker = { receive_maximum = 2 },
    link = { delay = "40ms" },
    run = function(t)
      local pub = publisher(t)
      local last
      for i = 1, 8 do last = pub:publish("t", "m" .. i, { qos = 2 }) end
      last:wait("30s")
    end,
  },
  scenario {
    id = "next_connection",
    title = "The Receive Maximum holds on every connection",
    clauses = { "v5:MQTT-3.3.4-7", "v5:MQTT-4.9.0-1" },
    versions = { "5.0" },
    broker = { receive_maximum = 2 },
    link = { delay = "40ms" },
    run = function(t)
      local pub = publisher(t, { clean = false, session_expiry = 600 })
      pub:publish("t", "first", { qos = 1 }):wait("10s")
      pub:drop("rst")
      t:sleep("1s")
      pub:connect()
      local last
      for i = 1, 6 do last = pub:publish("t", "m" .. i, { qos = 1 }) end
      last:wait("30s")
    end,
  },
  scenario {
    id = "answers_go_on",
    title = "A client without send quota acknowledges what it gets",
    clauses = { "v5:MQTT-3.3.4-8", "v5:MQTT-4.9.0-3", "v5:MQTT-4.3.2-4" },
    versions = { "5.0" },
    broker = { receive_maximum = 1 },
    link = { delay = "2s" },
    run = function(t)
      local pub = publisher(t)
      pub:subscribe("u", { qos = 1 })
      local other = t:client("other", { link = { delay = "1ms" } })
      other:connect()
      pub:publish("t", "x", { qos = 2 })
      other:publish("u", "y", { qos = 1 })
      pub:expect { topic = "u", payload = "y" }
      t:sleep("20s")
    end,
  },
  scenario {
    id = "no_timer",
    title = "A client sends nothing again on the same connection",
    clauses = { "v5:MQTT-4.4.0-1" },
    versions = { "5.0" },
    link = { delay = "5s" },
    run = function(t)
      local pub = publisher(t)
      pub:publish("t", "x", { qos = 1 }):wait("60s")
    end,
  },
  scenario {
    id = "exceeded",
    title = "Who exceeds the Receive Maximum is disconnected",
    clauses = { "v5:MQTT-4.13.1-1", "v5:MQTT-3.3.4-7" },
    versions = { "5.0" },
    broker = { receive_maximum = 2 },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      for i = 1, 3 do
        raw:send { type = "PUBLISH", topic = t:topic("t"), qos = 2, packet_identifier = i, payload = "x" }
      end
      raw:expect_closed("10s")
    end,
  },
  scenario {
    id = "finished",
    title = "Finished messages do not count against the Receive Maximum",
    clauses = { "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.2-4" },
    versions = { "5.0" },
    broker = { receive_maximum = 2 },
    run = function(t)
      local pub = publisher(t)
      for i = 1, 4 do pub:publish("t", "m" .. i, { qos = 2 }):wait("10s") end
    end,
  },
}
