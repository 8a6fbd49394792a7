return scenario {
  title = "Filters that begin with a wildcard do not match topics that begin with $",
  clauses = { "v3:MQTT-4.7.2-1", "v5:MQTT-4.7.2-1" },
  versions = { "3.1.1", "5.0" },
  topics = "absolute",
  link = { delay = "30ms" },
  run = function(t)
    local own = t:client_id("drill")
    local all, level, exact = t:client("all"), t:client("level"), t:client("exact")
    all:connect()
    all:subscribe("#", { qos = 1 })
    level:connect()
    level:subscribe("+/" .. own, { qos = 1 })
    exact:connect()
    exact:subscribe("$drill/#", { qos = 1 })
    -- A server need not let clients talk over such topics: what comes of it is its own affair, but for the wildcards.
    local hidden = t:client("hidden")
    hidden:connect()
    hidden:publish("$drill", "hidden")
    hidden:publish("$drill/" .. own, "hidden")
    t:sleep("3s")
    if t.target == "sim" then exact:expect { count = 2 } end
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("open/" .. own, "seen", { qos = 1 }):wait("10s")
    all:expect { topic = "open/" .. own }
    level:expect { topic = "open/" .. own }
    t:sleep("3s")
  end,
}
