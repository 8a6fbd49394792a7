-- Servers need not take Client Identifiers of more than 23 bytes. Those that do, tell them apart to the last byte.
local NORTH, SOUTH = "greenhouse-thermometer-north", "greenhouse-thermometer-south"

return scenario {
  title = "Client Identifiers that differ late are two clients with two sessions",
  clauses = { "v3:MQTT-3.1.3-2", "v3:MQTT-3.2.2-3", "v5:MQTT-3.1.3-2", "v5:MQTT-3.2.2-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local north = t:client(NORTH, { clean = false, session_expiry = "1h" })
    if not north:connect { may_fail = true } then return end
    north:subscribe("frost", { qos = 1 })
    north:drop("rst")
    t:sleep("1s")
    local south = t:client(SOUTH, { clean = false, session_expiry = "1h" })
    local connack = south:connect()
    t:check(not connack.session_present, "the other one's session is not this one's")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("frost", "-3", { qos = 1 }):wait("10s")
    south:expect_none { topic = "frost", during = "5s" }
  end,
}
