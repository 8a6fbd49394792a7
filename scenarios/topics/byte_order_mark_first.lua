-- Where a decoder of strings takes it for a byte order mark: in front.
local TOPIC = "\u{FEFF}mqttdrill/mark"
return scenario {
  title = "U+FEFF at the beginning of a topic is a character, not a byte order mark",
  clauses = { "v3:MQTT-1.5.3-3", "v5:MQTT-1.5.4-3" },
  versions = { "3.1.1", "5.0" },
  topics = "absolute",
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("+/mark", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish(TOPIC, "with", { qos = 1 }):wait("10s")
    sub:expect { topic = TOPIC, payload = "with" }
  end,
}
