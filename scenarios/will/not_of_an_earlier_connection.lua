return scenario {
  title = "A connection without a will publishes none when it is cut, whatever the one before had",
  clauses = { "v3:MQTT-3.1.2-12", "v3:MQTT-3.14.4-3", "v5:MQTT-3.14.4-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/#", { qos = 1 })
    local device = t:client("device", { clean = false, session_expiry = "10m" })
    device:connect { will = { topic = "status/device", payload = "gone", qos = 1 } }
    device:disconnect()
    device:connect()
    device:drop("rst")
    t:quiet("3s")
  end,
}
