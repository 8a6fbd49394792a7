return scenario {
  title = "DISCONNECT removes the will unpublished",
  clauses = { "v3:MQTT-3.14.4-3", "v3:MQTT-3.1.2-10", "v3:MQTT-3.14.4-1", "v3:MQTT-3.14.4-2",
              "v5:MQTT-3.14.4-3", "v5:MQTT-3.1.2-10", "v5:MQTT-3.14.4-2", "v5:MQTT-3.14.4-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/#", { qos = 1 })
    local device = t:client("device", { will = { topic = "status/device", payload = "gone", qos = 1 } })
    device:connect()
    device:disconnect()
    t:quiet("10s")
  end,
}
