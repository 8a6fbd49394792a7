local raw_client = require "_raw"

local function publisher(t, opts)
  opts.aliases = "auto"
  local pub = t:client("publisher", opts)
  pub:connect()
  return pub
end

local function publish_all(pub)
  local last
  for round = 1, 2 do
    for _, topic in ipairs { "a", "b", "c" } do last = pub:publish(topic, round .. topic, { qos = 1 }) end
  end
  return last
end

return {
  scenario {
    id = "within",
    title = "The client's Topic Aliases keep to the server's maximum",
    clauses = { "v5:MQTT-3.2.2-17", "v5:MQTT-3.3.2-9", "v5:MQTT-3.3.2-8", "v5:MQTT-3.3.2-12" },
    versions = { "5.0" },
    broker = { topic_alias_maximum = 2 },
    run = function(t)
      publish_all(publisher(t, {})):wait("30s")
    end,
  },
  scenario {
    id = "none",
    title = "No Topic Aliases where the server allows none",
    clauses = { "v5:MQTT-3.2.2-18", "v5:MQTT-3.3.2-9" },
    versions = { "5.0" },
    run = function(t)
      publish_all(publisher(t, {})):wait("30s")
    end,
  },
  scenario {
    id = "all_accepted",
    title = "The server accepts every Topic Alias up to its maximum",
    clauses = { "v5:MQTT-3.3.2-12" },
    versions = { "5.0" },
    broker = { topic_alias_maximum = 5 },
    run = function(t)
      local pub = t:client("publisher")
      pub:connect()
      for alias = 1, 5 do pub:publish("t" .. alias, "x", { qos = 1, topic_alias = alias }):wait("10s") end
    end,
  },
  scenario {
    id = "resent",
    title = "What is sent again on a new connection has its Topic Name",
    clauses = { "v5:MQTT-3.3.2-7" },
    versions = { "5.0" },
    broker = { topic_alias_maximum = 5 },
    link = { delay = "40ms" },
    run = function(t)
      local pub = publisher(t, { clean = false, session_expiry = 600 })
      pub:publish("a", "1", { qos = 1 }):wait("10s")
      pub:link():cut { before = "PUBACK" }
      local m = pub:publish("a", "2", { qos = 1 })
      pub:wait_closed()
      t:sleep("1s")
      pub:connect()
      m:wait("30s")
    end,
  },
  scenario {
    id = "remapped",
    title = "A Topic Alias may be given another topic",
    clauses = { "v5:MQTT-3.3.2-12", "v5:MQTT-4.5.0-1" },
    versions = { "5.0" },
    broker = { topic_alias_maximum = 5 },
    run = function(t)
      local sub = t:client("subscriber")
      sub:connect()
      sub:subscribe({ "a", "b" }, { qos = 1 })
      local raw = raw_client.accepted(t, "raw")
      for i, topic in ipairs { t:topic("a"), t:topic("b"), "" } do
        raw:send { type = "PUBLISH", topic = topic, qos = 1, packet_identifier = i, payload = "m" .. i,
                   properties = { topic_alias = 1 } }
        raw:expect { type = "PUBACK", packet_identifier = i }
      end
      t:sleep("10s")
    end,
  },
  scenario {
    id = "gone_with_the_connection",
    title = "A Topic Alias of an earlier connection stands for nothing",
    clauses = { "v5:MQTT-3.3.2-7", "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    broker = { topic_alias_maximum = 5 },
    run = function(t)
      local raw = raw_client.accepted(t, "first", { id = t:client_id("same") })
      raw:send { type = "PUBLISH", topic = t:topic("a"), payload = "1", properties = { topic_alias = 1 } }
      t:sleep("1s")
      raw:send { type = "DISCONNECT" }
      raw:expect_closed("10s")
      local again = raw_client.accepted(t, "second", { id = t:client_id("same") })
      again:send { type = "PUBLISH", topic = "", payload = "2", properties = { topic_alias = 1 } }
      again:expect_closed("10s")
    end,
  },
}
