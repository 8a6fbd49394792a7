local function backwards(packet) return (packet.properties.authentication_data or ""):reverse() end

return scenario {
  title = "The scenario plays the client's part: three questions, three answers, and once more on the same connection",
  clauses = { "v5:MQTT-4.12.0-2", "v5:MQTT-4.12.0-3", "v5:MQTT-4.12.0-5", "v5:MQTT-4.12.1-1", "v5:MQTT-3.15.2-1" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  broker = { authentication = { method = "DRILL-REVERSE", rounds = 3 } },
  run = function(t)
    local client = t:client("client", { authentication_method = "DRILL-REVERSE" })
    local packet = client:connect()
    for round = 1, 3 do
      t:check(packet.type == "AUTH" and packet.reason_code == 0x18, "question " .. round)
      packet = client:auth { data = backwards(packet) }
    end
    t:check(packet.type == "CONNACK" and packet.reason_code == 0, "and then the server lets the client in")
    t:note("once more")
    packet = client:auth()
    for round = 1, 3 do
      t:check(packet.reason_code == 0x18, "question " .. round .. " again")
      packet = client:auth { data = backwards(packet) }
    end
    t:check(packet.type == "AUTH" and packet.reason_code == 0, "AUTH 0x00 ends a re-authentication")
    client:ping()
  end,
}
