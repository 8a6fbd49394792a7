-- The connection dies in the middle of an exchange. The next one begins anew, and nothing of the old one helps or hurts it.
local list = {}
for i, where in ipairs { { "question", "b>c", 1 }, { "proof", "c>b", 1 }, { "question_again", "b>c", 2 }, { "proof_again", "c>b", 2 } } do
  list[i] = scenario {
    id = where[1],
    title = "SCRAM-SHA-256: the connection is cut before the " .. where[1]:gsub("_again", " of a re-authentication") .. " arrives",
    clauses = { "v5:MQTT-4.12.0-2", "v5:MQTT-4.12.0-3" },
    versions = { "5.0" },
    link = { delay = "30ms" },
    broker = { authentication = { method = "SCRAM-SHA-256", users = { alice = "correct horse" } } },
    run = function(t)
      local alice = t:client("alice", { authentication_method = "SCRAM-SHA-256", username = "alice", password = "correct horse",
                                        clean = false, session_expiry = "1h" })
      local again = where[3] == 2
      if again then
        alice:connect()
        alice:subscribe("a", { qos = 1 })
      end
      -- A client's second AUTH of a re-authentication is its proof; the first one asks for it.
      alice:link():cut { before = "AUTH", dir = where[2], nth = (again and where[2] == "c>b") and 2 or 1 }
      local answer = (again and alice.auth or alice.connect)(alice, { may_fail = true })
      t:check(answer == nil, "the exchange does not end well")
      alice:wait_closed()
      local connack = alice:connect()
      t:check(connack.session_present == again, "a session that was there is there")
      if again then
        alice:publish("a", "x", { qos = 1 }):wait()
        alice:expect { topic = "a", payload = "x", within = "10s" }
      end
    end,
  }
end
return list
