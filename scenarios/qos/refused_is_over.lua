local function refused(qos)
  return scenario {
    id = "qos" .. qos,
    title = "A QoS " .. qos .. " message that the client refused is not sent again",
    clauses = { "v5:MQTT-4.4.0-2" },
    versions = { "5.0" },
    link = { delay = "30ms" },
    run = function(t)
      local sub = t:client("subscriber", { clean = false, session_expiry = "10m", acks = "manual" })
      sub:connect()
      sub:subscribe("t", { qos = qos })
      local pub = t:client("publisher")
      pub:connect()
      pub:publish("t", "unwanted", { qos = qos }):wait("10s")
      sub:expect { topic = "t", payload = "unwanted" }
      sub:ack { reason_code = 0x83 }
      t:sleep("1500ms")
      sub:drop("fin")
      t:sleep("500ms")
      sub:connect()
      t:quiet("2s")
    end,
  }
end
return { refused(1), refused(2) }
