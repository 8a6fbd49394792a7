return scenario {
  title = "With a correlation, delays change less often",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "100ms", jitter = "50ms", delay_correlation = "90%" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local same, last = 0, nil
    for i = 1, 100 do
      local before = t:now()
      meter:publish("m", "" .. i, { qos = 1 }):wait()
      if t:now() - before == last then same = same + 1 end
      last = t:now() - before
    end
    t:check(same > 30, "a packet is often as slow as the one ahead")
  end,
}
