local function connected(t, name)
  local c = t:client(name)
  c:connect()
  return c
end

local function retained(t)
  local pub = connected(t, "publisher")
  pub:publish("r", "kept", { qos = 1, retain = true }):wait("10s")
  return pub
end

return {
  scenario {
    id = "no_local",
    title = "No Local: a client's own messages do not come back, those of others do",
    clauses = { "v5:MQTT-3.8.3-3", "v5:MQTT-4.5.0-1" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local c = connected(t, "client")
      c:subscribe("t", { qos = 1, no_local = true })
      c:publish("t", "own", { qos = 1 }):wait("10s")
      connected(t, "other"):publish("t", "foreign", { qos = 1 }):wait("10s")
      t:sleep("10s")
    end,
  },
  scenario {
    id = "retain_as_published",
    title = "Retain As Published: RETAIN is passed on as it came, or not at all",
    clauses = { "v5:MQTT-3.3.1-12", "v5:MQTT-3.3.1-13" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local with, without = connected(t, "with"), connected(t, "without")
      with:subscribe("t", { qos = 1, retain_as_published = true })
      without:subscribe("t", { qos = 1 })
      connected(t, "publisher"):publish("t", "x", { qos = 1, retain = true }):wait("10s")
      with:expect { topic = "t" }
      without:expect { topic = "t" }
    end,
  },
  scenario {
    id = "handling_0",
    title = "Retain Handling 0: retained messages come with every SUBSCRIBE",
    clauses = { "v5:MQTT-3.3.1-9", "v5:MQTT-3.8.4-4" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      retained(t)
      local c = connected(t, "client")
      for _ = 1, 2 do
        c:subscribe("r", { qos = 1 })
        t:sleep("5s")
      end
      c:expect { topic = "r", retain = true, count = 2 }
    end,
  },
  scenario {
    id = "handling_1",
    title = "Retain Handling 1: retained messages come for a subscription that is new",
    clauses = { "v5:MQTT-3.3.1-10" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      retained(t)
      local c = connected(t, "client")
      for _ = 1, 2 do
        c:subscribe("r", { qos = 1, retain_handling = 1 })
        t:sleep("5s")
      end
    end,
  },
  scenario {
    id = "handling_2",
    title = "Retain Handling 2: no retained messages",
    clauses = { "v5:MQTT-3.3.1-11" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      retained(t)
      local c = connected(t, "client")
      c:subscribe("r", { qos = 1, retain_handling = 2 })
      t:sleep("5s")
    end,
  },
}
