local function subscriber(t, name, opts)
  local sub = t:client(name, opts)
  sub:connect()
  sub:subscribe("#", { qos = 1 })
  return sub
end

local function publish_all(t, opts)
  local pub = t:client("publisher")
  pub:connect()
  local last
  for round = 1, 2 do
    for i, topic in ipairs { "a", "b", "c" } do
      last = pub:publish(topic, round .. topic, { qos = 1, topic_alias = opts and opts.alias and i + 2 })
    end
  end
  last:wait("30s")
end

return {
  scenario {
    id = "within",
    title = "The server's Topic Aliases keep to the client's maximum and name topics that it was told",
    clauses = { "v5:MQTT-3.1.2-26", "v5:MQTT-3.3.2-11", "v5:MQTT-3.3.2-8", "v5:MQTT-3.3.2-7" },
    versions = { "5.0" },
    broker = { topic_aliases = "recent" },
    link = { delay = "40ms" },
    run = function(t)
      local sub = subscriber(t, "subscriber", { topic_alias_maximum = 2 })
      publish_all(t)
      sub:expect { count = 6 }
    end,
  },
  scenario {
    id = "none",
    title = "No Topic Aliases for a client that did not allow any",
    clauses = { "v5:MQTT-3.1.2-27", "v5:MQTT-3.3.2-11" },
    versions = { "5.0" },
    broker = { topic_aliases = "recent", topic_alias_maximum = 9 },
    link = { delay = "40ms" },
    run = function(t)
      local sub = subscriber(t, "subscriber")
      publish_all(t, { alias = true })
      sub:expect { count = 6 }
    end,
  },
  scenario {
    id = "accepted",
    title = "A client accepts every Topic Alias up to its maximum",
    clauses = { "v5:MQTT-3.3.2-10" },
    versions = { "5.0" },
    broker = { topic_aliases = "recent" },
    link = { delay = "40ms" },
    run = function(t)
      local sub = subscriber(t, "subscriber", { topic_alias_maximum = 3 })
      publish_all(t)
      sub:expect { count = 6 }
    end,
  },
}
