return scenario {
  title = "A Topic Alias where the server announced no Topic Alias Maximum",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local raw = t:raw("odd")
    raw:send { type = "CONNECT", client_identifier = "odd", keep_alive = 60 }
    raw:expect { type = "CONNACK", code = 0 }
    t:note("CONNACK: no Topic Alias Maximum")
    raw:send { type = "PUBLISH", topic = "a", payload = "x", properties = { topic_alias = 1 } }
    raw:expect_closed("10s")
  end,
}
