-- mqttdrill run tests/bench/hundred_thousand.lua: needs 2 GiB of memory and a few seconds. See docs/bench.md.
return scenario {
  title    = "A hundred thousand devices connect within 100 s, subscribe, and report three times each",
  worlds   = { "sim" },
  versions = { "3.1.1" },
  limit    = "10m",
  run = function(t)
    local devices = t:fleet {
      n         = 100000,
      name      = "device",
      client    = { transport = "stream", link = { delay = "50ms" } },
      connect   = { rate = "1000/s" },
      subscribe = "device/{i}/down",
      publish   = { every = "30s", topic = "device/{i}/up", payload = "report {k}", qos = 1, count = 3 },
    }
    devices:wait_connected("2m")
    devices:wait_published("5m")
    local s = devices:stats()
    t:check(s.acknowledged == 300000, "every report is acknowledged")
    t:check(s.connected == 100000 and s.subscribed == 100000, "all are connected and subscribed")
    t:log("acknowledgement after", s.latency.p50 // 1000, "us, at most", s.latency.max // 1000, "us")
  end,
}
