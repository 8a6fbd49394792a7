return scenario {
  title = "A stored backlog is delivered before what is published after the return",
  clauses = { "v3:MQTT-4.6.0-6", "v3:MQTT-3.1.2-5", "v5:MQTT-4.6.0-5", "v5:MQTT-3.1.2-23" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "100ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "1h" })
    sub:connect()
    sub:subscribe("news", { qos = 1 })
    sub:drop("rst")
    t:sleep("1s")
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 8 do pub:publish("news", "stored " .. i, { qos = 1 }):wait("10s") end
    t:parallel(function() sub:connect() end,
      function() for i = 1, 8 do pub:publish("news", "live " .. i, { qos = 1 }) t:sleep("40ms") end end)
    local got = sub:expect { topic = "news", count = 16, within = "20s" }
    for i = 1, 8 do t:check(got[i].payload == "stored " .. i, "the backlog comes first, in order") end
    t:quiet("5s")
  end,
}
