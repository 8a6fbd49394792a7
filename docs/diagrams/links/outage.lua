return scenario {
  title = "Two short outages of a link",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect()
    meter:link():set { delay = "50ms", outage = "200ms-350ms+600ms-750ms" }
    for i = 1, 8 do
      t:sleep("100ms")
      meter:publish("m", "" .. i, { qos = 0 })
    end
    t:sleep("1s")
  end,
}
