-- eclipse-mosquitto/mosquitto#3509, https://github.com/eclipse-mosquitto/mosquitto/issues/3509; broker, MQTT 5.0.
-- Wrong: the will was missing when a connection was replaced, the Session went on and Will Delay Interval was 0.
-- Trigger: C1: CONNECT id=c session_expiry=300, will with delay 0; C2: CONNECT id=c clean=0; W: nothing.
-- Defect: b-will-not-on-takeover
return scenario {
  title = "A will without delay is published at a takeover, though the Session goes on",
  clauses = { "v5:MQTT-3.1.2-8" },
  versions = { "5.0" },
  tags = { "defect:b-will-not-on-takeover" },
  link = { delay = "30ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will/t", { qos = 1 })
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect { will = { topic = "will/t", payload = "gone", qos = 1, delay = "0s" } }
    client:drop("vanish")
    t:sleep("1s")
    t:check(client:connect().session_present, "the session is present")
    t:sleep("3s")
    watcher:expect { topic = "will/t", payload = "gone" }
    t:quiet("3s")
  end,
}
