-- Short enough for a real broker: two hundred clients come in at once, some of them leave without a word and come back to
-- their Sessions, and each has one message a second to deliver, to itself. That each comes back to it is for the oracles to say.
return scenario {
  title    = "Two hundred clients come, go and resume their Sessions; each hears its own messages",
  clauses  = { "v3:MQTT-4.4.0-1", "v3:MQTT-3.2.2-2", "v5:MQTT-4.4.0-1", "v5:MQTT-3.2.2-3" },
  tags     = { "load" },
  limit    = "2m",
  run = function(t)
    local clients = t:fleet {
      n         = 200,
      name      = "client",
      client    = { clean = false, session_expiry = "1h" },
      connect   = { rate = "400/s", reconnect = "500ms" },
      subscribe = { filter = "echo/{i}", qos = 1 },
      publish   = { every = "500ms", topic = "echo/{i}", payload = "message {k} of {i}", qos = 1, count = 4 },
      churn     = { lifetime = "3s", away = "200ms", how = "fin" },
    }
    clients:wait_connected("10s")
    clients:wait_published("20s")
    local s = clients:stats()
    t:check(s.acknowledged == 800 and s.lost == 0, "every message is acknowledged")
    t:check(s.resumed > 0, "some Session was resumed")
    clients:disconnect()
  end,
}
