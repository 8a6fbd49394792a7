return {
  scenario {
    id = "unsuback",
    title = "UNSUBACK has a Reason Code for each filter, in their order",
    clauses = { "v5:MQTT-3.11.3-1", "v5:MQTT-3.11.3-2" },
    versions = { "5.0" },
    run = function(t)
      local c = t:client("client")
      c:connect()
      c:subscribe("a", { qos = 1 })
      c:unsubscribe { "a", "never" }
    end,
  },
  scenario {
    id = "exactly_this_filter",
    title = "UNSUBSCRIBE ends the subscription with the same filter, and no other",
    clauses = { "v3:MQTT-3.10.4-1", "v3:MQTT-4.5.0-1", "v5:MQTT-3.10.4-1", "v5:MQTT-4.5.0-1" },
    versions = { "3.1.1", "5.0" },
    run = function(t)
      local c = t:client("client")
      c:connect()
      c:subscribe({ "a/b", "a/#" }, { qos = 1 })
      c:unsubscribe("a/#")
      local pub = t:client("publisher")
      pub:connect()
      pub:publish("a/b", "x", { qos = 1 }):wait("10s")
      t:sleep("10s")
    end,
  },
}
