return scenario {
  title = "SCRAM-SHA-256: two questions and two answers; later a wrong password on the same connection",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  broker = { authentication = { method = "SCRAM-SHA-256", users = { alice = "correct horse" } } },
  run = function(t)
    local alice = t:client("alice", { authentication_method = "SCRAM-SHA-256", username = "alice", password = "correct horse" })
    alice:connect()
    alice:auth { password = "wrong", may_fail = true }
    alice:wait_closed()
  end,
}
