return scenario {
  title = "A will is published when the connection is lost without DISCONNECT, once",
  clauses = { "v3:MQTT-3.1.2-8", "v3:MQTT-3.1.2-10", "v5:MQTT-3.1.2-8", "v5:MQTT-3.1.2-10" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/#", { qos = 2 })
    for qos = 0, 2 do
      local device = t:client("device" .. qos, { will = { topic = "status/" .. qos, payload = "gone", qos = qos } })
      device:connect()
      device:drop("rst")
      watcher:expect { topic = "status/" .. qos, payload = "gone", qos = qos }
    end
    t:quiet("5s")
  end,
}
