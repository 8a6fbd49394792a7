return scenario {
  title = "A retained message of QoS 0 takes the place of the one before, or leaves none",
  clauses = { "v3:MQTT-3.3.1-7", "v5:MQTT-3.3.1-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "old", { qos = 1, retain = true }):wait("10s")
    pub:publish("state", "new", { qos = 0, retain = true })
    pub:ping()
    t:sleep("1s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 1 })
    sub:expect_none { topic = "state", payload = "old", during = "5s" }
  end,
}
