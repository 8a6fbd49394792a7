-- The server still has the session, the client does not: it cannot go on with what it does not know.
return scenario {
  title = "A client that lost its memory does not go on with a session that the server kept",
  clauses = { "v5:MQTT-3.2.2-4", "v5:MQTT-3.1.2-4" },
  versions = { "5.0" },
  link = { delay = "40ms" },
  run = function(t)
    local device = t:client("device", { clean = false, session_expiry = "1h" })
    device:connect()
    device:subscribe("order", { qos = 1 })
    device:app_crash()
    t:sleep("1s")
    local accepted, why = device:connect { may_fail = true }
    t:check(accepted == nil and why ~= "refused", "the client closes, since the server says Session Present 1")
    -- With Clean Start 1 both begin anew: the subscription is gone.
    device:connect { clean = true }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("order", "go", { qos = 1 }):wait("10s")
    device:expect_none { topic = "order", during = "5s" }
  end,
}
