return scenario {
  title = "Packets leave in bursts, 100 ms apart",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "10ms", slot = "100ms", slot_packets = 4 },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    for i = 1, 10 do
      local before = t:now()
      meter:publish("m", "" .. i, { qos = 1 }):wait()
      t:check(t:now() - before >= 200000000, "each way waits for its slot")
    end
  end,
}
