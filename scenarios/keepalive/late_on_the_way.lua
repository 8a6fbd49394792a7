-- The half that the server adds is for the way: here it takes 1.9 s longer than it did before.
return scenario {
  title = "A client that pings in time over a link that becomes slow is not closed",
  clauses = { "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-22" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "50ms" },
  run = function(t)
    local client = t:client("client", { keepalive = "4s", auto_ping = false })
    client:connect()
    client:ping("5s")
    client:link():delay_next { type = "PINGREQ", by = "1900ms", dir = "c>b" }
    -- With what the first PINGRESP takes, also of a busy broker, well below the Keep Alive.
    t:sleep("3s")
    client:ping("5s")
    t:check(client:connected(), "the connection is open")
    client:disconnect()
  end,
}
