-- rabbitmq/rabbitmq-mqtt#214, https://github.com/rabbitmq/rabbitmq-mqtt/issues/214; broker, MQTT 3.1.1.
-- Wrong: a will of QoS 2 crashed what should have published it, and was lost.
-- Trigger: W: SUBSCRIBE q1; C: CONNECT with a will of QoS 2; cut C; W: nothing.
-- Defect: b-will-qos2-lost
return scenario {
  title = "A will of QoS 2 is published, to a subscriber of QoS 1",
  clauses = { "v3:MQTT-3.1.2-8", "v5:MQTT-3.1.2-8" },
  tags = { "defect:b-will-qos2-lost" },
  link = { delay = "40ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will/t", { qos = 1 })
    local client = t:client("c", { will = { topic = "will/t", payload = "gone", qos = 2 } })
    client:connect()
    client:drop("rst")
    t:sleep("5s")
    watcher:expect { topic = "will/t", payload = "gone", qos = 1 }
    t:quiet("3s")
  end,
}
