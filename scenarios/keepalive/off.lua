return scenario {
  title = "Keep Alive 0: nobody pings and nobody is closed",
  clauses = { "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-22" },
  versions = { "3.1.1", "5.0" },
  slow = true,
  limit = "3h",
  link = { delay = "50ms" },
  run = function(t)
    local client = t:client("client", { keepalive = 0 })
    client:connect()
    t:sleep("2h")
    t:check(client:connected(), "the connection is open after two silent hours")
    client:ping("10s")
  end,
}
