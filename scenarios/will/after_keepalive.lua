return scenario {
  title = "A client that vanishes has its will published once its Keep Alive has run out",
  clauses = { "v3:MQTT-3.1.2-8", "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-8", "v5:MQTT-3.1.2-22" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/device", { qos = 1 })
    local device = t:client("device", { keepalive = "2s", will = { topic = "status/device", payload = "gone", qos = 1 } })
    device:connect()
    t:sleep("1s")
    device:drop("vanish")
    watcher:expect { topic = "status/device", payload = "gone", within = "60s" }
    t:quiet("5s")
  end,
}
