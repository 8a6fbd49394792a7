return scenario {
  title = "Lesson: retained messages, the last value for whoever comes later",
  clauses = { "v3:MQTT-3.3.1-6", "v3:MQTT-3.3.1-8", "v3:MQTT-3.3.1-9", "v3:MQTT-3.3.1-10",
              "v5:MQTT-3.3.1-9", "v5:MQTT-3.3.1-12", "v5:MQTT-3.3.1-6" },
  versions = { "3.1.1", "5.0" },
  tags = { "lesson" },
  link = { delay = "120ms" },
  run = function(t)
    local heater = t:client("heater")
    heater:connect()
    t:note "The heater says once what it is set to, with RETAIN. The broker keeps this one value for the topic."
    heater:publish("heater/set", "21", { qos = 1, retain = true }):wait("10s")
    t:sleep("2s")
    local app = t:client("app")
    app:connect()
    app:subscribe("heater/set", { qos = 1 })
    t:note "Whoever subscribes later gets it at once, marked RETAIN 1: this is not news."
    app:expect { topic = "heater/set", payload = "21", retain = true }
    heater:publish("heater/set", "19", { qos = 1, retain = true }):wait("10s")
    t:note "A change reaches present subscribers as news: RETAIN 0."
    app:expect { topic = "heater/set", payload = "19", retain = false }
    heater:publish("heater/set", "", { qos = 1, retain = true }):wait("10s")
    t:note "An empty payload removes the value."
    app:expect { topic = "heater/set", payload = "" }
    local late = t:client("late-app")
    late:connect()
    late:subscribe("heater/set", { qos = 1 })
    t:quiet("2s")
  end,
}
