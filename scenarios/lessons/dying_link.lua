return scenario {
  title = "Lesson: a link that dies without a word",
  clauses = { "v3:MQTT-3.1.2-24", "v3:MQTT-3.1.2-8", "v3:MQTT-3.1.2-5", "v3:MQTT-4.4.0-1",
              "v5:MQTT-3.1.2-22", "v5:MQTT-3.1.2-8", "v5:MQTT-3.1.2-23", "v5:MQTT-4.4.0-1" },
  versions = { "3.1.1", "5.0" },
  tags = { "lesson" },
  link = { delay = "120ms" },
  run = function(t)
    local monitor = t:client("monitor")
    monitor:connect()
    monitor:subscribe("status/train", { qos = 1 })
    local train = t:client("train", { clean = false, session_expiry = "1h", keepalive = "4s",
      will = { topic = "status/train", payload = "lost", qos = 1 } })
    train:connect()
    train:subscribe("signal/train", { qos = 1 })
    t:note "The train enters a tunnel. No FIN, no RST: just silence."
    train:drop("vanish")
    t:sleep("1s")
    local control = t:client("control")
    control:connect()
    control:publish("signal/train", "stop", { qos = 1 }):wait("10s")
    t:note "The broker does not know yet. It sends the signal into the void, and keeps it: no PUBACK comes."
    monitor:expect { topic = "status/train", payload = "lost", within = "60s" }
    t:note "After one and a half times the Keep Alive the broker gives the train up and publishes its will."
    t:sleep("5s")
    train:connect()
    train:expect { topic = "signal/train", payload = "stop" }
    t:note "Back in the light: the session resumes and the signal is delivered after all."
    t:sleep("1s")
  end,
}
