return scenario {
  title = "Any packet counts for the Keep Alive, not only PINGREQ",
  clauses = { "v3:MQTT-3.1.2-23", "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-20", "v5:MQTT-3.1.2-22" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "50ms" },
  run = function(t)
    local client = t:client("busy", { keepalive = "2s", auto_ping = false })
    client:connect()
    for i = 1, 8 do
      t:sleep("1s")
      client:publish("beat", tostring(i), { qos = 1 }):wait("10s")
    end
    t:check(client:connected(), "the connection is open")
    client:disconnect()
  end,
}
