return scenario {
  title = "A PUBLISH that the server refused is settled, and not sent again when the Session goes on",
  clauses = { "v5:MQTT-4.4.0-2", "v5:MQTT-4.4.0-1" },
  versions = { "5.0" },
  broker = { topic_rules = { { filter = "open/#", publish = true, subscribe = true } } },
  link = { delay = "40ms" },
  run = function(t)
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:publish("shut/1", "at least once", { qos = 1 })
    pub:publish("shut/2", "exactly once", { qos = 2 })
    t:sleep("3s")
    pub:drop("rst")
    t:sleep("1s")
    t:check(pub:connect().session_present, "the Session goes on")
    t:sleep("3s")
    -- The identifiers are free again.
    for i = 1, 2 do pub:publish("open/" .. i, "another", { qos = i }):wait("10s") end
  end,
}
