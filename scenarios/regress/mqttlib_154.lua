-- LabOverWire/mqtt-lib#154, https://github.com/LabOverWire/mqtt-lib/issues/154; broker, MQTT 5.0.
-- Wrong: the timer of a delayed will published it whatever had happened meanwhile.
-- Trigger: C: CONNECT session_expiry=300, will with delay 10; cut; 3 s; C: CONNECT clean=0; at 10 s B publishes the
-- will.
-- Defect: b-will-delay-not-cancelled
return scenario {
  title = "A client that is back in time takes its delayed will back",
  clauses = { "v5:MQTT-3.1.3-9", "v5:MQTT-3.1.2-8" },
  versions = { "5.0" },
  tags = { "defect:b-will-delay-not-cancelled" },
  link = { delay = "30ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will/t", { qos = 1 })
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect { will = { topic = "will/t", payload = "gone", qos = 1, delay = "10s" } }
    client:drop("rst")
    t:sleep("3s")
    client:connect()
    t:quiet("15s")
  end,
}
