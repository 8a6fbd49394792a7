return scenario {
  title = "Each packet costs more than its bytes: ATM's cells and headers",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "10ms", rate = "8kbit", overhead = 8, cell = 48, cell_overhead = 5 },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local before = t:now()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:check(t:now() - before > 250000000, "46 bytes and more take two cells of 53 each way")
  end,
}
