return scenario {
  title = "One direction is dead for a while",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect()
    meter:link():partition("10s", "b>c")
    local sent = meter:publish("m", "1", { qos = 1 })
    t:sleep("9s")
    t:check(not sent:acked(), "the PUBACK does not come through")
    sent:wait("60s")
  end,
}
