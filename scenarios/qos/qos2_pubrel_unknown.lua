local raw_client = require "_raw"
return scenario {
  title = "QoS 2: PUBREL for an identifier that is not in use is answered by PUBCOMP",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-11" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "raw", { clean = false })
    raw:send { type = "PUBREL", packet_identifier = 77 }
    raw:expect { type = "PUBCOMP", packet_identifier = 77 }
    raw:expect_open("3s")
  end,
}
