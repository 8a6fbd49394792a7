return scenario {
  title = "A link as it was recorded: good, bad, good again",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { replay = { { "0s", "20ms", "1Mbit", "0" }, { "10s", "400ms", "16kbit", "5%" }, { "40s", "20ms", "1Mbit", "0" } } },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    local function round_trip(payload)
      local before = t:now()
      meter:publish("m", payload, { qos = 1 }):wait("60s")
      return t:now() - before
    end
    t:check(round_trip("good") < 60000000, "good at first")
    t:sleep("12s")
    t:check(round_trip("bad") > 800000000, "then slow")
    t:sleep("60s")
    t:check(round_trip("good") < 60000000, "and good again")
  end,
}
