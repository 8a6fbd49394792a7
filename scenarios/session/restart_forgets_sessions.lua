return scenario {
  title = "A broker that stores nothing says Session Present 0 after a restart; clients begin again",
  clauses = { "v3:MQTT-3.2.2-3", "v3:MQTT-3.1.2-4", "v5:MQTT-3.2.2-3", "v5:MQTT-3.1.2-6" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  link = { delay = "50ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("job", { qos = 1 })
    t:broker():restart { keep = "nothing", down = "1s" }
    sub:wait_closed("10s")
    t:sleep("2s")
    t:check(not sub:connect().session_present, "the broker has forgotten the session")
    sub:subscribe("job", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("job", "new life", { qos = 1 }):wait("10s")
    sub:expect { topic = "job", payload = "new life" }
  end,
}
