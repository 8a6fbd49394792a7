return scenario {
  title = "Delays follow a table of one's own",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "100ms", jitter = "50ms", distribution = "table", table = { -8192, 8192 } },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local seen = {}
    for i = 1, 40 do
      local before = t:now()
      meter:publish("m", "" .. i, { qos = 1 }):wait()
      seen[(t:now() - before) // 1000000] = true
    end
    t:check(seen[100] and seen[200] and seen[300], "either 50 or 150 ms, each way")
  end,
}
