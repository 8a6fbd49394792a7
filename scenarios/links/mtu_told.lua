return scenario {
  title = "Path-MTU discovery: who drops what is too big says so, and the sender cuts smaller",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", mtu = 600, mtu_tell = true },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local before = t:now()
    meter:publish("m", string.rep("x", 5000), { qos = 1 }):wait()
    t:check(t:now() - before < 500000000, "a few round trips, no timeout")
    local up = meter:link():stats()["c>b"]
    t:check(up.lost >= 1 and up.lost <= 10, "only what went before the notice is lost")
    before = up.lost
    meter:publish("m", string.rep("x", 5000), { qos = 1 }):wait()
    t:check(meter:link():stats()["c>b"].lost == before, "it is remembered")
  end,
}
