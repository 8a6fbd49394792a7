return scenario {
  title = "A stall: what is sent meanwhile waits, in order",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  link = { delay = "50ms" },
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect()
    meter:link():stall("150ms", "c>b")
    local sent
    for i = 1, 3 do
      sent = meter:publish("m", "" .. i, { qos = 1 })
      t:sleep("40ms")
    end
    sent:wait()
  end,
}
