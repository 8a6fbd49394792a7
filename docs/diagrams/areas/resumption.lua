return scenario {
  title = "One delivery was not acknowledged, one message came meanwhile: both come on return, in order",
  versions = { "3.1.1" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local device = t:client("device", { clean = false })
    device:connect()
    device:subscribe("order", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    device:link():cut { before = "PUBACK" }
    pub:publish("order", "first", { qos = 1 })
    device:wait_closed()
    pub:publish("order", "second", { qos = 1 })
    t:sleep("2s")
    device:connect()
    device:expect { payload = "second" }
  end,
}
