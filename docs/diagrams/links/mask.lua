return scenario {
  title = "A mask: of eight packets the second, the third and the sixth are lost",
  clauses = { "v3:MQTT-4.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "50ms" },
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect()
    meter:link():mask("c>b", "10011011")
    for i = 1, 8 do
      meter:publish("m", "" .. i, { qos = 0 })
      t:sleep("30ms")
    end
    t:sleep("1s")
  end,
}
