return scenario {
  title = "The far end is down: a connection is reset, a new one refused",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1", "5.0" },
  worlds = { "sim" },
  tags = { "link" },
  link = { delay = "20ms" },
  limit = "1h",
  run = function(t)
    local meter = t:client("meter", { clean = false, session_expiry = "1h" })
    meter:connect()
    meter:link():set { down = true }
    t:check(meter:wait_closed() == "rst", "the connection is reset")
    t:check(not meter:connect { may_fail = true }, "a new one is refused")
    meter:link():set { down = false }
    meter:connect()
  end,
}
