local function declare(id, title, clauses, run)
  return scenario { id = id, title = title, clauses = clauses, versions = { "5.0" }, link = { delay = "40ms" },
                    run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("w", { qos = 1 })
    run(t, watcher)
  end }
end

local function device(t, will, expiry)
  will.topic, will.payload, will.qos = "w", "gone", 1
  local c = t:client("device", { clean = false, session_expiry = expiry, will = will })
  c:connect()
  c:subscribe("t", { qos = 1 })
  return c
end

return {
  declare("not_before", "A will is published when its Will Delay Interval has passed, and not before",
    { "v5:MQTT-3.1.2-8", "v5:MQTT-3.1.2-7" }, function(t, watcher)
      device(t, { delay = 20 }, 600):drop("rst")
      watcher:expect { topic = "w", within = "60s" }
    end),
  declare("taken_back", "A client that comes back in time takes its will back, and finds its Session",
    { "v5:MQTT-3.1.3-9", "v5:MQTT-3.1.2-5", "v5:MQTT-4.5.0-1" }, function(t)
      local c = device(t, { delay = 20 }, 600)
      c:drop("rst")
      t:sleep("5s")
      c:connect()
      local pub = t:client("publisher")
      pub:connect()
      pub:publish("t", "x", { qos = 1 }):wait("10s")
      t:sleep("60s")
    end),
  declare("taken_back_for_none", "A client that comes back in time without a will has none any more",
    { "v5:MQTT-3.1.3-9" }, function(t)
      local c = t:client("device", { clean = false, session_expiry = 600 })
      c:connect { will = { topic = "w", payload = "gone", qos = 1, delay = 8 } }
      c:drop("rst")
      t:sleep("2s")
      c:connect()
      t:quiet("10s")
    end),
  declare("session_ends", "A will is published when the Session ends, though its delay has not passed",
    { "v5:MQTT-3.1.2-8" }, function(t, watcher)
      device(t, { delay = 300 }, 10):drop("rst")
      watcher:expect { topic = "w", within = "60s" }
    end),
  declare("asked_for", "DISCONNECT 0x04 publishes the will", { "v5:MQTT-3.1.2-8" }, function(t, watcher)
    device(t, {}, 600):disconnect { reason_code = 4 }
    watcher:expect { topic = "w" }
  end),
  declare("properties", "A will has the properties that CONNECT gave it",
    { "v5:MQTT-3.1.3-10", "v5:MQTT-3.3.2-17", "v5:MQTT-3.3.2-20", "v5:MQTT-4.13.1-1" }, function(t, watcher)
      device(t, { delay = 5, content_type = "text", user_properties = { { "a", "1" }, { "b", "2" } } }, 600):drop("rst")
      watcher:expect { topic = "w", within = "30s" }
    end),
  declare("expiry", "The Message Expiry Interval of a will counts from its publication on", { "v5:MQTT-3.3.2-6" },
    function(t, watcher)
      local c = device(t, { message_expiry = 100 }, 600)
      t:sleep("30s")
      c:drop("rst")
      watcher:expect { topic = "w", within = "30s" }
    end),
}
