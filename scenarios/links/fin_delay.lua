return scenario {
  title = "An old FIN arrives when the next connection is open already",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms", ["c>b"] = { fin_delay = "3s" } },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { clean = false, session_expiry = "1h" })
    meter:connect()
    meter:drop("fin")
    meter:connect()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:sleep("5s")
    meter:publish("m", "2", { qos = 1 }):wait()
    t:check(meter:connected(), "the old end does not end the new connection")
  end,
}
