-- eclipse-mosquitto/mosquitto#3626, https://github.com/eclipse-mosquitto/mosquitto/issues/3626; client, MQTT 5.0.
-- Wrong: a Topic Alias from the server was compared with the server's own maximum, not with the client's.
-- Trigger: C: topic_alias_maximum=10; B: topic_alias_maximum=5; B: PUBLISH alias=8; C: DISCONNECT 0x94.
-- Defect: c-alias-bound-of-server
return scenario {
  title = "A client accepts all Topic Aliases up to its own maximum",
  clauses = { "v5:MQTT-3.3.2-10" },
  versions = { "5.0" },
  tags = { "defect:c-alias-bound-of-server" },
  broker = { topic_alias_maximum = 5, topic_aliases = "first" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { topic_alias_maximum = 10 })
    client:connect()
    client:subscribe("t/+", { qos = 1 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 8 do pub:publish("t/" .. i, "x", { qos = 1 }):wait("10s") end
    t:sleep("3s")
    t:check(client:connected(), "the connection stays")
    client:expect { topic = "t/+", count = 8 }
  end,
}
