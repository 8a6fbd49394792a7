-- A thousand sensors come up within ten seconds and report three times each; one listener hears every report once. What
-- goes wrong here goes wrong by numbers: a report that finds another's subscription, an acknowledgement for somebody else.
return scenario {
  title    = "A thousand publishers and one subscriber: every QoS 1 message is acknowledged and arrives",
  clauses  = { "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.2-2", "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.2-4" },
  link     = { delay = "40ms", jitter = "20ms" },
  tags     = { "load" },
  slow     = true,
  limit    = "5m",
  run = function(t)
    local listener = t:client("listener")
    listener:connect()
    listener:subscribe("sensor/+/temp", { qos = 1 })

    local sensors = t:fleet {
      n       = 1000,
      name    = "sensor",
      connect = { rate = "100/s" },
      publish = { every = "10s", topic = "sensor/{i}/temp", payload = "sensor {i}, report {k}", qos = 1, count = 3 },
    }
    sensors:wait_connected("30s")
    sensors:wait_published("60s")
    listener:expect { topic = "sensor/+/temp", count = 3000, within = "10s" }
    local s = sensors:stats()
    t:check(s.published == 3000 and s.acknowledged == 3000, "3000 reports are published and acknowledged")
    t:check(s.connected == 1000 and s.connects == 1000, "nobody lost a connection")
    sensors:disconnect()
  end,
}
