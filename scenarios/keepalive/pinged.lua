return scenario {
  title = "A client with nothing to say pings in time, and is answered",
  clauses = { "v3:MQTT-3.1.2-23", "v3:MQTT-3.12.4-1", "v5:MQTT-3.1.2-20", "v5:MQTT-3.12.4-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "50ms" },
  run = function(t)
    local client = t:client("quiet", { keepalive = "2s" })
    client:connect()
    t:sleep("11s")
    t:check(client:connected(), "the connection has survived several Keep Alives")
    client:ping("5s")
  end,
}
