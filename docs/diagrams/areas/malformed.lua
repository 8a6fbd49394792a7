return scenario {
  title = "A PUBLISH with both QoS bits set: the broker says why and closes",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local raw = t:raw("odd")
    raw:send { type = "CONNECT", client_identifier = "odd", keep_alive = 60 }
    raw:expect { type = "CONNACK", code = 0 }
    raw:send("36 06 00 01 61 00 01 00")
    raw:expect_closed("10s")
  end,
}
