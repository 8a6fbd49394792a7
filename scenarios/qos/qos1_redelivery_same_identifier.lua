local raw_client = require "_raw"
return scenario {
  title = "QoS 1: messages one after another may have the same identifier, and each is acknowledged",
  clauses = { "v3:MQTT-4.3.2-2", "v3:MQTT-2.3.1-6", "v5:MQTT-4.3.2-4", "v5:MQTT-2.2.1-5" },
  versions = { "3.1.1", "5.0" },
  broker = { inflight_max = 1 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("count", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 4 do
      pub:publish("count", "n" .. i, { qos = 1 }):wait("30s")
      sub:expect { topic = "count", payload = "n" .. i }
      t:sleep("1s")
    end
    t:quiet("3s")
  end,
}
