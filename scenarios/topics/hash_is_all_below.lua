return scenario {
  title = "# matches its parent and everything below it",
  clauses = { "v3:MQTT-3.3.2-3", "v3:MQTT-4.5.0-1", "v5:MQTT-3.3.2-3", "v5:MQTT-4.5.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("sport/tennis/#", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for _, topic in ipairs { "sport/tennis", "sport/tennis/", "sport/tennis/a", "sport/tennis/a/b/c" } do
      pub:publish(topic, "yes", { qos = 1 }):wait("10s")
      sub:expect { topic = topic, payload = "yes" }
    end
    for _, topic in ipairs { "sport", "sport/tennisball", "sport/golf/tennis" } do
      pub:publish(topic, "no", { qos = 1 }):wait("10s")
    end
    t:quiet("5s")
  end,
}
