return scenario {
  title = "A wildcard subscription brings the retained message of every matching topic, once each",
  clauses = { "v3:MQTT-3.3.1-6", "v5:MQTT-3.3.1-9" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "40ms", rate = "256kbit" },
  run = function(t)
    local pub = t:client("publisher")
    pub:connect()
    local last
    for i = 1, 25 do last = pub:publish("house/" .. i .. "/temp", tostring(i), { qos = 1, retain = true }) end
    pub:publish("garden/temp", "0", { qos = 1, retain = true }):wait("20s")
    last:wait("20s")
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("house/+/temp", { qos = 1 })
    local got = sub:expect { topic = "house/+/temp", count = 25, retain = true, within = "20s" }
    local seen = {}
    for _, m in ipairs(got) do
      t:check(not seen[m.topic], "one message for each topic")
      seen[m.topic] = true
    end
    t:quiet("5s")
  end,
}
