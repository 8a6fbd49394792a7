return scenario {
  title = "Every preset carries a message of QoS 2 to its end",
  clauses = { "v3:MQTT-4.3.3-1",
              "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  limit = "1h",
  run = function(t)
    local presets = { "gprs", "edge", "3g", "lte", "nb-iot", "lorawan-backhaul", "geo", "leo", "wifi-edge", "train", "fibre" }
    for _, name in ipairs(presets) do
      local meter = t:client("meter-" .. name, { link = { preset = name } })
      meter:connect { within = "5m" }
      local before = t:now()
      meter:publish("m/" .. name, "1", { qos = 2 }):wait("5m")
      t:log(name .. ": " .. (t:now() - before) // 1000000 .. " ms")
      meter:disconnect()
    end
  end,
}
