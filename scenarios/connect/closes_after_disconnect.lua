-- The connection dies unnoticed as DISCONNECT arrives: nothing of the server's reminds the client to close.
return scenario {
  title = "Who has sent DISCONNECT closes the connection, and does not wait for the server to do it",
  clauses = { "v3:MQTT-3.14.4-1", "v5:MQTT-3.14.4-2" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("client", { keepalive = 0 })
    client:connect()
    client:link():cut { before = "DISCONNECT", how = "vanish" }
    client:disconnect()
    t:check(not client:connected(), "the connection is closed")
  end,
}
