return scenario {
  title = "Lesson: QoS 1, at least once",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.2-2", "v3:MQTT-4.4.0-1",
              "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3", "v5:MQTT-4.3.2-4", "v5:MQTT-4.3.2-5",
              "v5:MQTT-4.4.0-1" },
  versions = { "3.1.1", "5.0" },
  tags = { "lesson" },
  link = { delay = "120ms" },
  run = function(t)
    local panel = t:client("panel")
    panel:connect()
    panel:subscribe("alarm", { qos = 1 })
    local sensor = t:client("sensor", { clean = false, session_expiry = "1h" })
    sensor:connect()
    t:note "QoS 1: the message is kept until the broker has acknowledged it."
    sensor:link():cut { before = "PUBACK" }
    local m = sensor:publish("alarm", "fire", { qos = 1 })
    sensor:wait_closed("30s")
    t:note "The broker has the message. Its PUBACK is lost with the connection, and the sensor cannot know."
    panel:expect { topic = "alarm", payload = "fire" }
    t:sleep("4s")
    sensor:connect()
    m:wait("30s")
    t:note "So it sends again, with DUP. The panel gets the alarm twice: at least once."
    panel:expect { topic = "alarm", payload = "fire" }
  end,
}
