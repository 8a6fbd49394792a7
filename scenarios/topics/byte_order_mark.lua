local raw_client = require "_raw"
return scenario {
  title = "U+FEFF in a topic is a character like any other and is never stripped",
  clauses = { "v3:MQTT-1.5.3-3", "v5:MQTT-1.5.4-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("mark/+", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("mark/\u{FEFF}a", "with", { qos = 1 }):wait("10s")
    sub:expect { topic = "mark/\u{FEFF}a", payload = "with" }
    t:quiet("3s")
  end,
}
