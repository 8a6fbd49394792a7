return scenario {
  title = "Over datagrams the network doubles packets: QoS 1 delivers twice, QoS 2 once",
  clauses = { "v3:MQTT-4.3.2-2", "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "100ms" },
  limit = "5m",
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("meter/#", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    pub:link():set { duplicate = "100%" }
    t:note("Each of the publisher's packets arrives twice, DUP or not.")
    local one = pub:publish("meter/qos1", "1", { qos = 1 })
    local two = pub:publish("meter/qos2", "2", { qos = 2 })
    one:wait("30s")
    two:wait("30s")
    t:note("The Packet Identifier is what the receiver of QoS 2 goes by.")
    sub:expect { topic = "meter/qos1", count = 2, within = "10s" }
    sub:expect { topic = "meter/qos2", count = 1, within = "10s" }
    t:quiet("30s")
  end,
}
