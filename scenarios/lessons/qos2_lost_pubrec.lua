return scenario {
  title = "Lesson: QoS 2, exactly once",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.3.3-2", "v3:MQTT-4.4.0-1",
              "v5:MQTT-4.3.3-2", "v5:MQTT-4.3.3-3", "v5:MQTT-4.3.3-4", "v5:MQTT-4.3.3-5", "v5:MQTT-4.3.3-6",
              "v5:MQTT-4.3.3-8", "v5:MQTT-4.3.3-10", "v5:MQTT-4.3.3-11", "v5:MQTT-4.4.0-1" },
  versions = { "3.1.1", "5.0" },
  tags = { "lesson" },
  link = { delay = "120ms" },
  run = function(t)
    local till = t:client("till")
    till:connect()
    till:subscribe("sales", { qos = 1 })
    local meter = t:client("meter", { clean = false, session_expiry = "1h", keepalive = "5s" })
    meter:connect()
    t:note "QoS 2: four packets, so that a repeated message is recognised."
    meter:link():cut { before = "PUBREC" }
    local m = meter:publish("sales", "4.20", { qos = 2 })
    meter:wait_closed("30s")
    t:note "The PUBREC is lost. Did the broker get the message? The meter cannot know, and must send again."
    t:sleep("4s")
    meter:connect()
    m:wait("30s")
    t:note "Same Packet Identifier: the broker knows this one already and does not store it twice."
    till:expect { topic = "sales", payload = "4.20" }
    t:quiet("2s")
  end,
}
