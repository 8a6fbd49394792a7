local users = { alice = "correct horse", bob = "battery, staple=1" }

return scenario {
  title = "SCRAM-SHA-256: two users prove who they are, and the server proves it too",
  clauses = { "v5:MQTT-4.12.0-2", "v5:MQTT-4.12.0-3", "v5:MQTT-4.12.0-5", "v5:MQTT-3.2.0-1", "v5:MQTT-3.1.2-30" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  broker = { authentication = { method = "SCRAM-SHA-256", users = users } },
  run = function(t)
    local clients = {}
    for i, name in ipairs { "alice", "bob" } do
      clients[i] = t:client(name, { authentication_method = "SCRAM-SHA-256", username = name, password = users[name] })
      local connack = clients[i]:connect()
      t:check(connack.properties.authentication_method == "SCRAM-SHA-256", "CONNACK repeats the method")
      t:check((connack.properties.authentication_data or ""):sub(1, 2) == "v=", "CONNACK has the server's signature")
    end
    clients[2]:subscribe("a/b", { qos = 1 })
    clients[1]:publish("a/b", "x", { qos = 1 }):wait()
    clients[2]:expect { topic = "a/b", payload = "x", within = "10s" }
    clients[1]:disconnect()
    clients[1]:connect() -- a new exchange with a new nonce
  end,
}
