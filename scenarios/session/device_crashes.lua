return scenario {
  title = "A device that lost its memory answers what the broker still owes it",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.4.0-1" },
  versions = { "3.1.1" },
  link = { delay = "60ms" },
  run = function(t)
    local device = t:client("device", { clean = false })
    device:connect()
    device:subscribe("order", { qos = 2 })
    device:link():cut { before = "PUBREL", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("order", "go", { qos = 2 }):wait("10s")
    device:wait_closed("10s")
    device:app_crash()
    t:sleep("2s")
    device:connect()
    -- The broker sends its PUBREL; the device has never heard of it and answers PUBCOMP.
    t:sleep("5s")
    t:check(device:connected(), "the connection stays")
    pub:publish("order", "again", { qos = 2 }):wait("10s")
    device:expect { topic = "order", payload = "again" }
  end,
}
