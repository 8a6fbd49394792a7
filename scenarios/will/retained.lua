return scenario {
  title = "A will with Will Retain 1 is retained, one with 0 is not",
  clauses = { "v3:MQTT-3.1.2-17", "v3:MQTT-3.1.2-16", "v5:MQTT-3.1.2-15", "v5:MQTT-3.1.2-14" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/#", { qos = 1 })
    local kept = t:client("kept", { will = { topic = "status/kept", payload = "gone", qos = 1, retain = true } })
    local passing = t:client("passing", { will = { topic = "status/passing", payload = "gone", qos = 1 } })
    kept:connect()
    passing:connect()
    kept:drop("rst")
    passing:drop("rst")
    watcher:expect { topic = "status/kept", payload = "gone", retain = false }
    watcher:expect { topic = "status/passing", payload = "gone", retain = false }
    -- Not at once: brokers may take a moment between delivering a message and storing it.
    t:sleep("1s")
    local late = t:client("latecomer")
    late:connect()
    late:subscribe("status/#", { qos = 1 })
    late:expect { topic = "status/kept", payload = "gone", retain = true }
    late:subscribe("status/passing", { qos = 1 })
    t:quiet("5s")
  end,
}
