local raw_client = require "_raw"
return scenario {
  title = "A second CONNECT on one connection ends it",
  clauses = { "v3:MQTT-3.1.0-2", "v5:MQTT-3.1.0-2" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "raw")
    raw:send { type = "CONNECT", client_identifier = "raw", clean_session = true }
    raw:expect_closed("30s")
    local connacks = 0
    for _, packet in ipairs(raw:received()) do
      if packet.type == "CONNACK" then connacks = connacks + 1 end
    end
    t:check(connacks == 1, "there was only the first CONNACK")
  end,
}
