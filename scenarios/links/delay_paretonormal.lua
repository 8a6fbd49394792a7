return scenario {
  title = "Delays vary as three quarters Pareto, one quarter normal",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "100ms", jitter = "20ms", distribution = "paretonormal" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local least, most = math.maxinteger, 0
    for i = 1, 400 do
      local before = t:now()
      meter:publish("m", "" .. i, { qos = 1 }):wait()
      least, most = math.min(least, t:now() - before), math.max(most, t:now() - before)
    end
    t:log("round trips from " .. least // 1000000 .. " to " .. most // 1000000 .. " ms")
    t:check(least >= 140000000, "none comes much earlier")
    t:check(most > 240000000, "some come very late")
  end,
}
