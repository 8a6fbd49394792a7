-- HarperFast/harper#1604, https://github.com/HarperFast/harper/issues/1604; broker, MQTT 3.1.1.
-- Wrong: the will was kept by Client Identifier; when the old, half-open connection ended, the will of the new one
-- was published.
-- Trigger: C: CONNECT will "gone1"; the link dies silently; C: CONNECT will "gone2" on a new one; B publishes
-- "gone2".
-- Defect: b-will-wrong-connection
return scenario {
  title = "A half-open connection that is replaced leaves its own will, not that of its successor",
  clauses = { "v3:MQTT-3.1.2-8", "v3:MQTT-3.1.2-10", "v5:MQTT-3.1.2-8", "v5:MQTT-3.1.2-10" },
  tags = { "defect:b-will-wrong-connection" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will", { qos = 1 })
    local client = t:client("c", { keepalive = "10s" })
    client:connect { will = { topic = "will", payload = "gone1", qos = 1 } }
    client:drop("vanish")
    t:sleep("5s")
    client:connect { will = { topic = "will", payload = "gone2", qos = 1 } }
    t:sleep("12s")
    client:drop("rst")
    t:sleep("3s")
    watcher:expect { topic = "will", payload = "gone1" }
    watcher:expect { topic = "will", payload = "gone2" }
    t:quiet("3s")
  end,
}
