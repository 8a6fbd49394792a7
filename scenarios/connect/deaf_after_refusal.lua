-- A client need not wait for CONNACK before it goes on (3.1.4). If it is refused, what it sent meanwhile was for nothing.
return scenario {
  title = "What a client sends before it knows that it is refused is not acted on",
  clauses = { "v3:MQTT-3.1.4-5", "v5:MQTT-3.1.4-6" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  broker = { users = { alice = "secret" } },
  run = function(t)
    local watcher = t:client("watcher", { username = "alice", password = "secret" })
    watcher:connect()
    watcher:subscribe("#", { qos = 1 })
    local raw = t:raw("stranger")
    raw:send { type = "CONNECT", client_identifier = t:client_id("stranger"), username = "alice", password = "guess" }
    raw:send { type = "PUBLISH", topic = "door", qos = 1, packet_identifier = 1, payload = "open" }
    raw:send { type = "SUBSCRIBE", packet_identifier = 2, filters = { { filter = "#", qos = 0 } } }
    raw:expect { type = "CONNACK" }
    raw:expect_closed("10s")
    t:check(#raw:received() == 1, "there was only the CONNACK")
    watcher:expect_none { topic = "door", during = "5s" }
  end,
}
