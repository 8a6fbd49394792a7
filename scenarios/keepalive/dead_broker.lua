return scenario {
  title = "A client whose PINGREQ is not answered gives the connection up",
  clauses = { "v3:MQTT-3.1.2-23", "v5:MQTT-3.1.2-20" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "50ms" },
  run = function(t)
    local client = t:client("client", { keepalive = "2s" })
    client:connect()
    t:sleep("3s")
    client:link():partition("30s")
    client:wait_closed("20s")
    t:sleep("30s")
    client:connect()
  end,
}
