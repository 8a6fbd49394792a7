local function connected(t, name)
  local c = t:client(name)
  c:connect()
  return c
end

return {
  scenario {
    id = "named",
    title = "A message names the Subscription Identifier of the subscription that brings it",
    clauses = { "v5:MQTT-3.3.4-3", "v5:MQTT-3.3.4-5" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local a, b = connected(t, "a"), connected(t, "b")
      a:subscribe("t", { qos = 1, subscription_identifier = 3 })
      b:subscribe("t", { qos = 1, subscription_identifier = 4 })
      connected(t, "publisher"):publish("t", "x", { qos = 1 }):wait("10s")
      a:expect { topic = "t", properties = { subscription_identifier = { 3 } } }
      b:expect { topic = "t", properties = { subscription_identifier = { 4 } } }
    end,
  },
  scenario {
    id = "all_of_them",
    title = "A message that several subscriptions bring names all of them",
    clauses = { "v5:MQTT-3.3.4-4" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local c = connected(t, "client")
      c:subscribe("t/1", { qos = 1, subscription_identifier = 3 })
      c:subscribe("t/+", { qos = 1, subscription_identifier = 4 })
      connected(t, "publisher"):publish("t/1", "x", { qos = 1 }):wait("10s")
      t:sleep("5s")
    end,
  },
  scenario {
    id = "each_its_own",
    title = "Where each subscription brings a copy, each copy names its own Subscription Identifier",
    clauses = { "v5:MQTT-3.3.4-5" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    broker = { overlap = "each" },
    run = function(t)
      local c = connected(t, "client")
      c:subscribe("t/1", { qos = 1, subscription_identifier = 3 })
      c:subscribe("t/+", { qos = 1, subscription_identifier = 4 })
      connected(t, "publisher"):publish("t/1", "x", { qos = 1 }):wait("10s")
      c:expect { topic = "t/1", properties = { subscription_identifier = { 3 } } }
      c:expect { topic = "t/1", properties = { subscription_identifier = { 4 } } }
    end,
  },
  scenario {
    id = "replaced",
    title = "A repeated SUBSCRIBE changes the Subscription Identifier",
    clauses = { "v5:MQTT-3.3.4-5", "v5:MQTT-3.8.4-3" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local c = connected(t, "client")
      c:subscribe("t", { qos = 1, subscription_identifier = 3 })
      c:subscribe("t", { qos = 1, subscription_identifier = 5 })
      connected(t, "publisher"):publish("t", "x", { qos = 1 }):wait("10s")
      t:sleep("5s")
    end,
  },
  scenario {
    id = "retained",
    title = "Retained messages name it, too",
    clauses = { "v5:MQTT-3.3.4-3" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      connected(t, "publisher"):publish("r", "x", { qos = 1, retain = true }):wait("10s")
      local c = connected(t, "client")
      c:subscribe("r", { qos = 1, subscription_identifier = 6 })
      c:expect { topic = "r" }
    end,
  },
}
