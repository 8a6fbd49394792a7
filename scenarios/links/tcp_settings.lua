return scenario {
  title = "TCP settings: a device with a user timeout notices a dead path in seconds",
  clauses = { "v3:MQTT-4.3.2-1", "v5:MQTT-4.3.2-1", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-3" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms" },
  tcp = { profile = "embedded", nagle = false },
  limit = "1h",
  run = function(t)
    local quick = t:client("quick", { keepalive = 0, clean = false, session_expiry = "1h", tcp = { user_timeout = "10s" } })
    local patient = t:client("patient", { keepalive = 0, clean = false, session_expiry = "1h" })
    quick:connect()
    patient:connect()
    quick:link():partition("3m")
    patient:link():partition("60s")
    quick:publish("m", "1", { qos = 1 })
    local late = patient:publish("m", "2", { qos = 1 })
    quick:wait_closed("15s")
    t:check(not late:acked(), "the other one is still trying")
    late:wait("3m")
    t:check(patient:connected(), "and comes through on the same connection")
    quick:connect { within = "10m" }
  end,
}
