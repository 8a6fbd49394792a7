return scenario {
  title = "Exactly the packets that a mask names are lost",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "50ms" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter")
    meter:connect { within = "5m" }
    meter:link():mask("c>b", "01")
    local before = t:now()
    meter:publish("m", "1", { qos = 1 }):wait()
    t:check(t:now() - before > 200000000, "the first try is lost, the second one comes after a timeout")
    local up = meter:link():stats()["c>b"]
    t:check(up.lost == 1, "one packet")
  end,
}
