-- Eight messages in a row for a link that --link describes: few enough to follow each.
return scenario {
  title = "Eight messages in a row, each a datagram",
  clauses = { "v3:MQTT-4.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect { within = "1m" }
    t:sleep("1s")
    for i = 1, 8 do
      meter:publish("m", "" .. i, { qos = 0 })
      t:sleep("30ms")
    end
    t:sleep("10s")
  end,
}
