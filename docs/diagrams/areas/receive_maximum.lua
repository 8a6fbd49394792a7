return scenario {
  title = "Receive Maximum 2: the third message waits for the first acknowledgement",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local sub = t:client("subscriber", { receive_maximum = 2 })
    sub:connect()
    sub:subscribe("a", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    sub:hold("PUBACK")
    for i = 1, 4 do pub:publish("a", "m" .. i, { qos = 1 }) end
    t:sleep("200ms")
    t:note("two are under way, two wait; PINGREQ does not")
    sub:ping()
    sub:release()
    for i = 1, 4 do sub:expect { topic = "a", payload = "m" .. i } end
  end,
}
