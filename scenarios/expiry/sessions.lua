local function device(t, opts)
  opts.clean = false
  local c = t:client("device", opts)
  t:check(not c:connect().session_present, "nothing was stored before")
  c:subscribe("t", { qos = 1 })
  return c
end

return {
  scenario {
    id = "kept",
    title = "A Session lasts for its Session Expiry Interval",
    clauses = { "v5:MQTT-3.1.2-23", "v5:MQTT-3.2.2-3", "v5:MQTT-3.1.2-5" },
    versions = { "5.0" },
    run = function(t)
      local c = device(t, { session_expiry = 60 })
      c:disconnect()
      t:sleep("45s")
      c:connect()
      t:sleep("1s")
    end,
  },
  scenario {
    id = "ended",
    title = "A Session ends when its Session Expiry Interval has passed",
    clauses = { "v5:MQTT-4.1.0-2", "v5:MQTT-3.2.2-3" },
    versions = { "5.0" },
    run = function(t)
      local c = device(t, { session_expiry = 20 })
      c:disconnect()
      t:sleep("60s")
      c:connect()
      t:sleep("1s")
    end,
  },
  scenario {
    id = "changed_at_the_end",
    title = "DISCONNECT may shorten the Session's life",
    clauses = { "v5:MQTT-4.1.0-2", "v5:MQTT-3.2.2-3" },
    versions = { "5.0" },
    run = function(t)
      local c = device(t, { session_expiry = 3600 })
      c:disconnect { session_expiry = 5 }
      t:sleep("60s")
      c:connect()
      t:sleep("1s")
    end,
  },
}
