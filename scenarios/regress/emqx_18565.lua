-- emqx/emqx#18565, https://github.com/emqx/emqx/issues/18565; broker, MQTT 5.0.
-- Wrong: at a takeover no will was published when the old Session ended with its connection but a delay was given.
-- Trigger: C1: CONNECT id=w session_expiry=0, will with delay 10 s; C2: CONNECT id=w clean=0; no will at once.
-- Here the Session ends 3 s after its connection, the delay is 5 minutes, and no other connection comes.
-- Defect: b-will-delay-ignores-session-end
return scenario {
  title = "The end of a Session ends the delay of its will",
  clauses = { "v5:MQTT-3.1.2-8" },
  versions = { "5.0" },
  tags = { "defect:b-will-delay-ignores-session-end" },
  link = { delay = "30ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will/t", { qos = 1 })
    local client = t:client("w", { session_expiry = "3s" })
    client:connect { will = { topic = "will/t", payload = "gone", qos = 1, delay = "5m" } }
    client:drop("rst")
    t:sleep("5s")
    watcher:expect { topic = "will/t", payload = "gone" }
    t:quiet("3s")
  end,
}
