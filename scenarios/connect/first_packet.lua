return scenario {
  title = "Whoever sends something before CONNECT is disconnected and gets no answer",
  clauses = { "v3:MQTT-3.1.0-1", "v3:MQTT-4.8.0-1", "v5:MQTT-3.1.0-1", "v5:MQTT-4.13.1-1" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    raw:send { type = "PINGREQ" }
    raw:expect_closed("60s")
    t:check(#raw:received() == 0, "nothing was answered")
  end,
}
