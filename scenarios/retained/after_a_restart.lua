return scenario {
  title = "A broker that keeps its sessions over a restart keeps its retained messages too",
  clauses = { "v3:MQTT-3.3.1-5", "v3:MQTT-4.1.0-1", "v5:MQTT-3.3.1-5", "v5:MQTT-3.1.2-23" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("state", "on", { qos = 1, retain = true }):wait("10s")
    t:broker():restart { keep = "session", down = "2s" }
    pub:wait_closed("10s")
    t:sleep("3s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("state", { qos = 1 })
    sub:expect { topic = "state", payload = "on", retain = true }
  end,
}
