return scenario {
  title = "An Authentication Method that the server does not support is refused with 0x8C or 0x87",
  clauses = { "v5:MQTT-4.12.0-1" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("client", { authentication_method = "X-NOBODY-HAS-THIS", authentication_data = "hello" })
    local accepted, why, connack = client:connect { may_fail = true }
    t:check(accepted == nil, "the server does not let the client in")
    if why == "refused" then
      t:check(connack.reason_code == 0x8c or connack.reason_code == 0x87, "CONNACK says 0x8C or 0x87")
    end
    client:wait_closed("30s")
  end,
}
