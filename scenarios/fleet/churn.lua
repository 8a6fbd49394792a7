-- Devices whose Sessions outlive their connections: these are lost again and again in the middle of QoS 2 exchanges, and
-- each device takes its exchanges up again. One controller sends commands meanwhile, which wait for who is away.
return scenario {
  title    = "A thousand devices whose connections are reset at random deliver each QoS 2 message exactly once",
  clauses  = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.3-2", "v3:MQTT-3.1.2-4", "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.3-10" },
  link     = { delay = "150ms", jitter = "50ms" },
  tags     = { "load" },
  slow     = true,
  limit    = "10m",
  run = function(t)
    local listener = t:client("listener")
    listener:connect()
    listener:subscribe("device/+/up", { qos = 2 })

    local devices = t:fleet {
      n         = 1000,
      name      = "device",
      client    = { clean = false, session_expiry = "1h", keepalive = "30s" },
      connect   = { over = "5s", reconnect = "2s" },
      subscribe = { filter = "device/{i}/down", qos = 1 },
      publish   = { every = "10s", jitter = "1s", topic = "device/{i}/up", qos = 2, count = 3 },
      churn     = { lifetime = "20s", away = "3s", how = "rst" },
    }
    devices:wait_connected("20s")
    local controller = t:client("controller")
    controller:connect()
    for i = 1, 1000, 50 do
      controller:publish("device/" .. i .. "/down", "command", { qos = 1 })
    end
    devices:wait_published("5m")
    local s = devices:stats()
    t:check(s.published == 3000 and s.acknowledged == 3000 and s.lost == 0, "every message is acknowledged in the end")
    t:check(s.left > 1000 and s.resumed > 1000, "connections are lost, and Sessions resumed")
    t:check(s.resent > 0, "some exchange was interrupted")
    listener:expect { topic = "device/+/up", count = 3000, within = "30s" }
  end,
}
