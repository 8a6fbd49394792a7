return scenario {
  title = "An end is passed on two seconds late",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", ["c>b"] = { slow_close = "2s" } },
  limit = "1h",
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("gone", { qos = 1 })
    local meter = t:client("meter", { will = { topic = "gone", payload = "meter", qos = 1 } })
    meter:connect()
    local before = t:now()
    meter:drop("fin")
    watcher:expect { topic = "gone", within = "10s" }
    t:check(t:now() - before > 2000000000, "the broker hears of it two seconds later")
  end,
}
