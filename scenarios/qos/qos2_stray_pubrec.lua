return scenario {
  title = "QoS 2: a PUBREC for an exchange that the client does not know is answered, or the server could never end it",
  clauses = { "v3:MQTT-4.3.3-1", "v5:MQTT-4.3.3-4" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("bill", "41", { qos = 2 }):wait("10s")
    t:note("A server that has its Session from elsewhere holds an exchange that this client never began.")
    pub:link():insert { type = "PUBREC", packet_identifier = 77 }
    t:sleep("2s")
    t:check(pub:connected(), "a PUBREC is no reason to close")
    t:note("One that the client has finished.")
    pub:link():insert { type = "PUBREC", packet_identifier = 1 }
    t:sleep("2s")
    t:check(pub:connected(), "a PUBREC is no reason to close")
    pub:publish("bill", "42", { qos = 2 }):wait("10s")
  end,
}
