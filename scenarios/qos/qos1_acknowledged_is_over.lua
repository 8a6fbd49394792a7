return scenario {
  title = "QoS 1: what was acknowledged is not sent again when a session resumes, in either direction",
  clauses = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.4.0-1",
              "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3", "v5:MQTT-4.4.0-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("a/#", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    for qos = 1, 2 do
      pub:publish("a/" .. qos, "done", { qos = qos }):wait("30s")
      sub:expect { topic = "a/" .. qos, payload = "done" }
    end
    t:sleep("2s")
    for _ = 1, 2 do
      sub:drop("rst")
      pub:drop("rst")
      t:sleep("1s")
      sub:connect()
      pub:connect()
      t:quiet("4s")
    end
  end,
}
