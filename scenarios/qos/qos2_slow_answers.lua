return scenario {
  title = "QoS 2: retransmissions on a timer, and a subscriber whose answers are slow",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" },
  link = { delay = "700ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("bill", { qos = 2 })
    -- Resending within a connection is legal in 3.1.1: PUBREC comes several times, also after PUBCOMP.
    local pub = t:client("publisher", { clean = false, retry = "500ms" })
    pub:connect()
    pub:publish("bill", "42", { qos = 2 }):wait("20s")
    pub:publish("bill", "43", { qos = 2 }):wait("20s")
    sub:expect { topic = "bill", payload = "42" }
    sub:expect { topic = "bill", payload = "43" }
    t:quiet("10s")
  end,
}
