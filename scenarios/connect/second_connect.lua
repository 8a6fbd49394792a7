local raw_client = require "_raw"
return scenario {
  title = "A second CONNECT on one connection ends it",
  clauses = { "v3:MQTT-3.1.0-2" },
  versions = { "3.1.1" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "raw")
    raw:send { type = "CONNECT", client_identifier = "raw", clean_session = true }
    raw:expect_closed("30s")
    t:check(#raw:received() == 1, "there was only the first CONNACK")
  end,
}
