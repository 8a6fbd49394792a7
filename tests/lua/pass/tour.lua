-- Every object of the API once, in one run.
local helpers = require("_helpers")

return scenario {
  title  = "A tour of the scenario API",
  worlds = { "sim" },
  link   = { delay = "20ms" },
  run = function(t)
    t:note("a tour begins")
    local sub, pub = helpers.pair(t, "tour/#", 2)
    local m = pub:publish("tour/1", "one", { qos = 2 })
    m:wait()
    t:check(m:acked() and m.reason == 0, "acknowledged")
    sub:expect { topic = "tour/1", payload = "one", qos = 2, retain = false, dup = false }

    pub:link():cut { inside = "PUBLISH", dir = "c>b", at_byte = 3 }
    local again = pub:publish("tour/2", "two", { qos = 1 })
    pub:wait_closed("30s")
    t:check(not pub:connected())
    pub:connect()
    again:wait()
    sub:expect { topic = "tour/2", count = 1 }

    local raw = t:raw("raw")
    raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), keep_alive = 10 }
    raw:expect { type = "CONNACK", code = 0 }
    raw:send("c0 00")
    raw:expect { type = "PINGRESP" }
    raw:close()

    t:broker():restart { keep = "session", down = "1s" }
    sub:wait_closed()
    pub:wait_closed()
    t:sleep("2s")
    t:check(pub:connect().session_present, "the Session is still there")
    t:parallel(
      function() sub:connect() end,
      function() t:log(t:rng("x"):int(1, 6), t:now()) end)
    t:quiet("10s")
  end,
}
