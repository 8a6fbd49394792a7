-- What the plots of docs/link-model.md show: the same traffic on a link that --link describes.
return scenario {
  title = "A small message every 20 ms, each a datagram",
  clauses = { "v3:MQTT-4.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect { within = "1m" }
    for i = 1, 250 do
      meter:publish("m", "" .. i, { qos = 0 })
      t:sleep("20ms")
    end
    t:sleep("10s")
  end,
}
