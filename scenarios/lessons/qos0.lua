return scenario {
  title = "Lesson: QoS 0, fire and forget",
  clauses = { "v3:MQTT-4.3.1-1", "v5:MQTT-4.3.1-1" },
  versions = { "3.1.1", "5.0" },
  tags = { "lesson" },
  link = { delay = "120ms" },
  run = function(t)
    local display = t:client("display")
    display:connect()
    display:subscribe("sensor/temp", { qos = 0 })
    local sensor = t:client("sensor")
    sensor:connect()
    t:note "QoS 0: the sensor sends and forgets. Nobody answers."
    sensor:publish("sensor/temp", "21.4", { qos = 0 })
    display:expect { topic = "sensor/temp", payload = "21.4" }
    t:sleep("1s")
    t:note "Now the connection dies under way. The reading is gone, and nobody will ever know."
    sensor:link():cut { before = "PUBLISH", dir = "c>b" }
    sensor:publish("sensor/temp", "21.5", { qos = 0 })
    sensor:wait_closed("30s")
    t:sleep("3s")
    sensor:connect()
    t:note "The next reading replaces the lost one: that is when QoS 0 is enough."
    sensor:publish("sensor/temp", "21.6", { qos = 0 })
    display:expect { topic = "sensor/temp", payload = "21.6" }
    display:expect_none { topic = "sensor/temp", payload = "21.5", during = "2s" }
  end,
}
