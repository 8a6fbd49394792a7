return scenario {
  title = "Of two waiting messages one expires; the other comes with the seconds that it has left",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local device = t:client("device", { clean = false, session_expiry = "1h", keepalive = 0 })
    device:connect()
    device:subscribe("order", { qos = 1 })
    device:disconnect()
    local pub = t:client("publisher", { keepalive = 0 })
    pub:connect()
    pub:publish("order", "short", { qos = 1, message_expiry = "10s" })
    pub:publish("order", "long", { qos = 1, message_expiry = "1m" })
    t:sleep("20s")
    device:connect()
    device:expect { payload = "long" }
  end,
}
