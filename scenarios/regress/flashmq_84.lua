-- halfgaar/FlashMQ#84, https://github.com/halfgaar/FlashMQ/issues/84; broker, MQTT 3.1.1 and 5.0.
-- Wrong: reported as a surprise: a will with Will Retain is stored when its connection is taken over. Brokers that
-- forget
-- Will Retain hide it.
-- Trigger: A: CONNECT id=x, will "crashed" retained; B: CONNECT id=x; a later SUBSCRIBE gets nothing.
-- Defect: b-will-retain-ignored
return scenario {
  title = "A takeover publishes a retained will as retained",
  clauses = { "v3:MQTT-3.1.2-17", "v3:MQTT-3.3.1-6", "v5:MQTT-3.1.2-15" },
  tags = { "defect:b-will-retain-ignored" },
  link = { delay = "40ms" },
  run = function(t)
    local will = { topic = "state", payload = "crashed", qos = 1, retain = true }
    local old = t:client("old", { id = "x", will = will })
    old:connect()
    local new = t:client("new", { id = "x" })
    new:connect()
    t:sleep("2s")
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("state", { qos = 1 })
    t:sleep("2s")
    watcher:expect { topic = "state", payload = "crashed", retain = true }
    t:quiet("3s")
  end,
}
