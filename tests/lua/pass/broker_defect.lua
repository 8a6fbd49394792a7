-- A defect that is switched on and off again while nothing strikes it does nothing; one that is on shows at once.
return scenario {
  title = "broker:defect switches a defect on and off",
  worlds = { "sim" },
  versions = { "5.0" },
  run = function(t)
    local client = t:client("client")
    client:connect()
    t:broker():defect("b-pingreq-unanswered")
    t:broker():defect("b-pingreq-unanswered", false)
    client:ping("1s")
    -- Its Keep Alive may not be twice that of CONNECT; the oracles do not mind one that is shorter.
    t:broker():defect("b-keepalive-1x", true)
    local raw = t:raw("raw")
    raw:send { type = "CONNECT", client_identifier = "raw", keep_alive = 10 }
    raw:expect { type = "CONNACK", code = 0 }
    local before = t:now()
    raw:expect_closed("20s")
    t:check(t:now() - before < 11 * 10 ^ 9 // 1, "the defect closes after one Keep Alive already")
  end,
}
