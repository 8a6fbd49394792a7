-- eclipse-paho/paho.mqtt.python#893, https://github.com/eclipse-paho/paho.mqtt.python/issues/893; client, MQTT 5.0.
-- Wrong: a message with a Topic Alias alone was sent again unresolved; the server closed, and both went round for
-- ever.
-- Trigger: C: PUBLISH t alias=1; C: PUBLISH "" alias=1 q1; cut; C: CONNECT; C: PUBLISH "" alias=1 DUP; B: DISCONNECT
-- 0x82.
-- Defect: c-alias-in-resend
return scenario {
  title = "A message that went by its alias is sent again by its name, twice over",
  clauses = { "v5:MQTT-3.3.2-7" },
  versions = { "5.0" },
  tags = { "defect:c-alias-in-resend" },
  broker = { topic_alias_maximum = 5 },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m", aliases = "auto" })
    client:connect()
    client:publish("t", "m1", { qos = 1 }):wait("10s")
    client:link():cut { before = "PUBACK", dir = "b>c" }
    local m = client:publish("t", "m2", { qos = 1 })
    client:wait_closed("10s")
    client:link():cut { before = "PUBACK", dir = "b>c", optional = true }
    client:connect()
    client:wait_closed("10s")
    client:connect()
    t:sleep("3s")
    m:wait("10s")
  end,
}
