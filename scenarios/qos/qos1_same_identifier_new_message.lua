local raw_client = require "_raw"
return scenario {
  title = "QoS 1: after PUBACK the same identifier, even with DUP 1, is a new message",
  clauses = { "v3:MQTT-4.3.2-2", "v3:MQTT-3.3.1-3", "v5:MQTT-4.3.2-4", "v5:MQTT-4.3.2-5", "v5:MQTT-3.3.1-3" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("count", { qos = 1 })
    local raw = raw_client.accepted(t, "raw")
    for i = 1, 3 do
      raw:send { type = "PUBLISH", topic = "count", payload = "n" .. i, qos = 1, packet_identifier = 7, dup = i > 1 }
      raw:expect { type = "PUBACK", packet_identifier = 7 }
      sub:expect { topic = "count", payload = "n" .. i, dup = false }
    end
    t:quiet("3s")
  end,
}
