-- As steady.lua, in bursts of larger messages: what queues are for.
return scenario {
  title = "Every second twenty messages of 500 bytes, 10 ms apart, each a datagram",
  clauses = { "v3:MQTT-4.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect { within = "1m" }
    for _ = 1, 6 do
      for _ = 1, 20 do
        meter:publish("m", string.rep("x", 500), { qos = 0 })
        t:sleep("10ms")
      end
      t:sleep("800ms")
    end
    t:sleep("10s")
  end,
}
