-- A broker's configuration changes while it runs, as by a reload. Whoever is connected keeps what the CONNACK announced;
-- new connections, later packets and later messages find the new configuration.
local function connected(t, name, opts)
  local c = t:client(name, opts)
  return c, c:connect()
end

return {
  scenario {
    id = "announced",
    title = "What CONNACK announced holds for its connection; the next one is told anew",
    clauses = { "v5:MQTT-3.2.2-9", "v5:MQTT-3.2.2-11", "v5:MQTT-3.2.2-14" },
    versions = { "5.0" },
    worlds = { "sim" },
    link = { delay = "20ms" },
    run = function(t)
      local sub = connected(t, "subscriber")
      sub:subscribe("t", { qos = 2 })
      local old = connected(t, "old")
      t:broker():config { maximum_qos = 1, retain_available = false, receive_maximum = 1 }
      old:publish("t", "before", { qos = 2, retain = true }):wait("10s")
      sub:expect { topic = "t", payload = "before", qos = 2 }
      local new, connack = connected(t, "new")
      t:check(connack.properties.maximum_qos == 1 and connack.properties.retain_available == 0,
              "the next client is told of the new limits")
      local sent, why = new:publish("t", "after", { qos = 2, may_fail = true })
      t:check(sent == nil and why == "refused", "and keeps to them")
      old:disconnect()
      old:connect()
      old:publish("t", "again", { qos = 1 }):wait("10s")
    end,
  },
  scenario {
    id = "topic_rules",
    title = "Whoever may publish is decided message by message, and by the rules of that moment",
    clauses = { "v3:MQTT-3.3.5-2", "v5:MQTT-3.3.4-1" },
    versions = { "3.1.1", "5.0" },
    worlds = { "sim" },
    link = { delay = "20ms" },
    run = function(t)
      local sub, pub = connected(t, "subscriber"), connected(t, "publisher")
      sub:subscribe("#", { qos = 1 })
      pub:publish("door", "1", { qos = 1 }):wait("10s")
      t:broker():config { topic_rules = { { filter = "window/#", publish = true, subscribe = true } } }
      local barred = pub:publish("door", "2", { qos = 1 }):wait("10s")
      t:check(barred == (t.version == "5.0" and 0x87 or 0), "5.0 is told, 3.1.1 cannot be")
      t:broker():config { topic_rules = { { filter = "#", publish = true, subscribe = true } } }
      pub:publish("door", "3", { qos = 1 }):wait("10s")
      sub:expect { topic = "door", payload = "1" }
      sub:expect { topic = "door", payload = "3" }
      sub:expect_none { topic = "door", payload = "2", during = "5s" }
    end,
  },
  scenario {
    id = "users",
    title = "A user who is taken off the list stays connected, and does not come in again",
    clauses = { "v3:MQTT-3.2.2-5", "v5:MQTT-3.2.2-7" },
    versions = { "3.1.1", "5.0" },
    worlds = { "sim" },
    link = { delay = "20ms" },
    broker = { users = { alice = "secret" } },
    run = function(t)
      local alice = connected(t, "alice", { username = "alice", password = "secret" })
      t:broker():config { users = { bob = "hidden" } }
      t:sleep("5s")
      alice:ping()
      alice:disconnect()
      local accepted = alice:connect { may_fail = true }
      t:check(accepted == nil, "alice is refused")
      connected(t, "bob", { username = "bob", password = "hidden" })
    end,
  },
  scenario {
    id = "queue",
    title = "Messages wait for a session up to the length of the queue at that moment",
    clauses = { "v5:MQTT-3.1.2-23" },
    versions = { "5.0" },
    worlds = { "sim" },
    link = { delay = "20ms" },
    broker = { queue_messages_max = 1, queue_policy = "refuse" },
    run = function(t)
      local sub = connected(t, "subscriber", { clean = false, session_expiry = "1h" })
      sub:subscribe("t", { qos = 1 })
      sub:disconnect()
      local pub = connected(t, "publisher")
      t:check(pub:publish("t", "1", { qos = 1 }):wait("10s") == 0, "there is room for one")
      t:check(pub:publish("t", "2", { qos = 1 }):wait("10s") == 0x97, "and for no other")
      t:broker():config { queue_messages_max = 2 }
      t:check(pub:publish("t", "3", { qos = 1 }):wait("10s") == 0, "now there is")
      sub:connect()
      sub:expect { topic = "t", payload = "1" }
      sub:expect { topic = "t", payload = "3" }
      t:quiet("5s")
    end,
  },
}
