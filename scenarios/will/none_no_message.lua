return scenario {
  title = "A connection without a will ends without a message",
  clauses = { "v3:MQTT-3.1.2-12" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("status/#", { qos = 1 })
    local device = t:client("device", { will = { topic = "status/device", payload = "gone", qos = 1 } })
    device:connect()
    device:disconnect()
    -- The same client again, this time without a will.
    local plain = t:client("plain", { id = "device" })
    plain:connect()
    plain:drop("rst")
    t:quiet("5s")
  end,
}
