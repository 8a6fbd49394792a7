return scenario {
  title = "UNSUBSCRIBE removes exactly the filters it names, and is always answered",
  clauses = { "v3:MQTT-3.10.4-1", "v3:MQTT-3.10.4-2", "v3:MQTT-3.10.4-4", "v3:MQTT-3.10.4-5", "v3:MQTT-3.10.4-6",
              "v5:MQTT-3.10.4-1", "v5:MQTT-3.10.4-2", "v5:MQTT-3.10.4-4", "v5:MQTT-3.10.4-5", "v5:MQTT-3.10.4-6" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe({ "a/+", "a/b", "c" }, { qos = 1 })
    sub:unsubscribe("nothing/of/that/name")
    sub:unsubscribe { "a/b", "c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("c", "no", { qos = 1 }):wait("10s")
    pub:publish("a/b", "through the wildcard", { qos = 1 }):wait("10s")
    sub:expect { topic = "a/b", payload = "through the wildcard" }
    sub:unsubscribe("a/+")
    pub:publish("a/b", "no", { qos = 1 }):wait("10s")
    t:quiet("5s")
  end,
}
