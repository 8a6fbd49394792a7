return scenario {
  title = "A second connection with the same Client Identifier takes over, the first is closed",
  clauses = { "v3:MQTT-3.1.4-2" },
  versions = { "3.1.1" },
  link = { delay = "40ms" },
  run = function(t)
    local first = t:client("first", { id = "device", clean = false })
    first:connect()
    first:subscribe("order", { qos = 1 })
    local second = t:client("second", { id = "device", clean = false })
    t:check(second:connect().session_present, "the session moves to the new connection")
    first:wait_closed("10s")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("order", "go", { qos = 1 }):wait("10s")
    second:expect { topic = "order", payload = "go" }
    t:quiet("5s")
  end,
}
