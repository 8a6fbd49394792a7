-- A defect that is switched on and off again while nothing strikes it does nothing; one that is on shows at once. The raw
-- connection speaks 3.1, which is not judged.
return scenario {
  title = "broker:defect switches a defect on and off",
  worlds = { "sim" },
  run = function(t)
    local client = t:client("client")
    client:connect()
    t:broker():defect("b-pingreq-unanswered")
    t:broker():defect("b-pingreq-unanswered", false)
    client:ping("1s")
    local raw = t:raw("raw", { version = "3.1" })
    raw:send "10 10 00 06 4d 51 49 73 64 70 03 02 00 00 00 02 61 62"
    raw:expect { type = "CONNACK" }
    raw:send "c0 00"
    raw:expect { type = "PINGRESP" }
    t:broker():defect("b-pingreq-unanswered", true)
    raw:send "c0 00"
    t:sleep("5s")
    t:check(#raw:received() == 2, "the second PINGREQ is not answered any more")
    t:broker():defect("b-pingreq-unanswered", false)
    raw:send "c0 00"
    t:sleep("1s")
    t:check(#raw:received() == 3, "and the third is")
  end,
}
