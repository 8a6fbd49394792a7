local function subscriber(t, opts)
  local sub = t:client("subscriber", opts)
  sub:connect()
  sub:subscribe("t", { qos = 2 })
  local pub = t:client("publisher")
  pub:connect()
  return sub, pub
end

local function burst(pub, count, qos)
  for i = 1, count do pub:publish("t", "m" .. i .. (qos or ""), { qos = qos or i % 2 + 1 }) end
end

return {
  scenario {
    id = "window",
    title = "No more unfinished messages than the client's Receive Maximum, and all of them in the end",
    clauses = { "v5:MQTT-3.3.4-9", "v5:MQTT-4.9.0-1", "v5:MQTT-4.9.0-2" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = subscriber(t, { receive_maximum = 2 })
      burst(pub, 9)
      sub:expect { topic = "t", count = 9, within = "30s" }
    end,
  },
  scenario {
    id = "others_go_on",
    title = "Without send quota the broker answers PINGREQ and PUBLISH all the same",
    clauses = { "v5:MQTT-3.3.4-10", "v5:MQTT-4.9.0-3" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = subscriber(t, { receive_maximum = 2, acks = "manual" })
      burst(pub, 4, 1)
      sub:expect { topic = "t", count = 2 }
      sub:publish("other", "x", { qos = 1 })
      sub:publish("other", "y", { qos = 2 })
      t:sleep("2s")
      sub:ping("5s")
    end,
  },
  scenario {
    id = "qos0",
    title = "QoS 0 messages take no send quota",
    clauses = { "v5:MQTT-4.9.0-1", "v5:MQTT-4.9.0-2" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = subscriber(t, { receive_maximum = 2 })
      burst(pub, 6, 0)
      sub:expect { topic = "t", qos = 0, count = 6 }
      burst(pub, 3, 1)
      t:sleep("10s")
    end,
  },
  scenario {
    id = "next_connection",
    title = "The send quota begins anew with each connection",
    clauses = { "v5:MQTT-4.9.0-1", "v5:MQTT-4.4.0-1" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = subscriber(t, { receive_maximum = 2, clean = false, session_expiry = 600 })
      sub:hold("PUBACK")
      burst(pub, 4, 1)
      sub:expect { topic = "t", count = 2 }
      sub:drop("rst")
      sub:release()
      t:sleep("1s")
      sub:connect()
      t:sleep("20s")
    end,
  },
  scenario {
    id = "no_timer",
    title = "What is not acknowledged is not sent again on the same connection",
    clauses = { "v5:MQTT-4.4.0-1" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = subscriber(t, { acks = "manual" })
      burst(pub, 2)
      sub:expect { topic = "t", count = 2 }
      t:sleep("20s")
    end,
  },
}
