return scenario {
  title = "A delayed will is taken back when the client is back in time, and published when it is not",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local watcher = t:client("watcher", { keepalive = 0 })
    watcher:connect()
    watcher:subscribe("gone", { qos = 1 })
    local device = t:client("device", { clean = false, session_expiry = "1h", keepalive = 0,
      will = { topic = "gone", payload = "device", qos = 1, delay = "10s" } })
    device:connect()
    device:drop("rst")
    t:sleep("5s")
    t:note("back after 5 s: no will")
    device:connect()
    t:sleep("6s")
    device:drop("rst")
    watcher:expect { topic = "gone", within = "30s" }
  end,
}
