local broker = { authentication = { method = "SCRAM-SHA-256", users = { alice = "correct horse", bob = "b" } } }
local function client(t, name, password)
  local c = t:client(name, { authentication_method = "SCRAM-SHA-256", username = name, password = password })
  c:connect()
  return c
end

return {
  scenario {
    id = "messages_go_on",
    title = "Re-authentication: messages go on while it lasts, and after it",
    clauses = { "v5:MQTT-4.12.1-1", "v5:MQTT-4.12.0-5" },
    versions = { "5.0" },
    link = { delay = "100ms" },
    broker = broker,
    run = function(t)
      local alice, bob = client(t, "alice", "correct horse"), client(t, "bob", "b")
      alice:subscribe("a", { qos = 1 })
      local sent = bob:publish("a", "while", { qos = 1 })
      local answer = alice:auth()
      t:check(answer.reason_code == 0 and (answer.properties.authentication_data or ""):sub(1, 2) == "v=", "it is proved anew")
      sent:wait()
      bob:publish("a", "after", { qos = 1 }):wait()
      alice:expect { topic = "a", payload = "while" }
      alice:expect { topic = "a", payload = "after", within = "10s" }
      bob:auth()
      alice:auth()
    end,
  },
  scenario {
    id = "fails",
    title = "Re-authentication with a wrong password ends the connection",
    clauses = { "v5:MQTT-4.12.1-2" },
    versions = { "5.0" },
    link = { delay = "30ms" },
    broker = broker,
    run = function(t)
      local alice = client(t, "alice", "correct horse")
      local accepted, why, packet = alice:auth { password = "wrong", may_fail = true }
      t:check(accepted == nil and why == "closed", "the server closes the connection")
      t:check(packet and packet.reason_code == 0x87, "with DISCONNECT 0x87, Not authorized")
      alice:wait_closed("10s")
      alice:connect() -- with the right password
    end,
  },
}
