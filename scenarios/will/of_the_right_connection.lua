return scenario {
  title = "A takeover publishes the will of the old connection and keeps that of the new one",
  clauses = { "v3:MQTT-3.1.2-8", "v3:MQTT-3.1.2-10", "v3:MQTT-3.1.4-2",
              "v5:MQTT-3.1.2-8", "v5:MQTT-3.1.2-10", "v5:MQTT-3.1.4-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/#", { qos = 1 })
    local old = t:client("old", { id = "device", will = { topic = "status/old", payload = "gone", qos = 1 } })
    old:connect()
    local new = t:client("new", { id = "device", will = { topic = "status/new", payload = "gone", qos = 1 } })
    new:connect()
    old:wait_closed("10s")
    watcher:expect { topic = "status/old", payload = "gone" }
    t:quiet("3s")
    new:drop("rst")
    watcher:expect { topic = "status/new", payload = "gone" }
    t:quiet("5s")
  end,
}
