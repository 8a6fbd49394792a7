return scenario {
  title = "QoS 0: a message that a dying connection swallows is not sent again",
  clauses = { "v3:MQTT-4.3.1-1", "v5:MQTT-4.3.1-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "50ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("meter/#")
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBLISH", dir = "c>b" }
    pub:publish("meter/1", "lost", { qos = 0 })
    pub:wait_closed("30s")
    pub:connect()
    pub:publish("meter/2", "after", { qos = 0 })
    sub:expect { topic = "meter/2", payload = "after" }
    sub:expect_none { topic = "meter/1", during = "5s" }
  end,
}
