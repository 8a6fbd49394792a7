-- emqx/emqx#10551, https://github.com/emqx/emqx/issues/10551; broker, MQTT 3.1.1 and 5.0.
-- Wrong: two clients with one identifier replaced each other, and neither will was published.
-- Trigger: C1: CONNECT id=c, will "LEFT"; C2: CONNECT id=c, will "RIGHT"; W: nothing.
-- Defect: b-will-not-on-takeover
return scenario {
  title = "The connection that is replaced leaves its will",
  clauses = { "v3:MQTT-3.1.2-8", "v5:MQTT-3.1.2-8" },
  tags = { "defect:b-will-not-on-takeover" },
  link = { delay = "30ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will/#", { qos = 1 })
    local left = t:client("left", { id = "c", will = { topic = "will/t", payload = "LEFT", qos = 1 } })
    left:connect()
    local right = t:client("right", { id = "c", will = { topic = "will/t", payload = "RIGHT", qos = 1 } })
    right:connect()
    t:sleep("3s")
    watcher:expect { topic = "will/t", payload = "LEFT" }
    right:disconnect()
    t:quiet("3s")
  end,
}
