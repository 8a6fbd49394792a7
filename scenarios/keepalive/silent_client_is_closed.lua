local raw_client = require "_raw"
return scenario {
  title = "A client that stays silent for one and a half times its Keep Alive is closed",
  clauses = { "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-22" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "raw", { keep_alive = 2 })
    raw:expect_closed("60s")
  end,
}
