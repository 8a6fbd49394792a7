-- eclipse-mosquitto/mosquitto#2494, https://github.com/eclipse-mosquitto/mosquitto/issues/2494; client, MQTT 5.0.
-- Wrong: after a reconnect mosquitto_pub went on with an empty Topic Name and the Topic Alias of the old connection.
-- Trigger: C: PUBLISH one/two alias=1; C: PUBLISH "" alias=1; the connection ends; C: CONNECT, PUBLISH "" alias=1.
-- Defect: c-aliases-kept
return scenario {
  title = "A client's Topic Aliases end with the connection",
  clauses = { "v5:MQTT-3.3.2-7" },
  versions = { "5.0" },
  tags = { "defect:c-aliases-kept" },
  broker = { topic_alias_maximum = 5 },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("one/two", { qos = 1 })
    local client = t:client("c", { aliases = "auto" })
    client:connect()
    for i = 1, 2 do client:publish("one/two", "m" .. i, { qos = 1 }):wait("10s") end
    client:drop("rst")
    client:connect()
    client:publish("one/two", "m3", { qos = 1 })
    t:sleep("3s")
    for i = 1, 3 do sub:expect { topic = "one/two", payload = "m" .. i } end
  end,
}
