-- Later than any sweep of a broker need come, something is sent on the connection: then it is not open any more.
local raw_client = require "_raw"
return scenario {
  title = "A client that was silent for much longer than its Keep Alive cannot go on",
  clauses = { "v3:MQTT-3.1.2-24", "v5:MQTT-3.1.2-22" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "raw", { keep_alive = 10 })
    t:sleep("27s")
    if raw:connected() then raw:send { type = "PINGREQ" } end
  end,
}
