return scenario {
  title = "A message larger than the client's Maximum Packet Size is dropped, and the next one comes",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local sub = t:client("small", { maximum_packet_size = 64 })
    sub:connect()
    sub:subscribe("a", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("a", string.rep("x", 100), { qos = 1 })
    pub:publish("a", "fits", { qos = 1 })
    sub:expect { payload = "fits" }
  end,
}
