-- eclipse-paho/paho.mqtt.java#510, https://github.com/eclipse-paho/paho.mqtt.java/issues/510; client, MQTT 5.0.
-- Wrong: messages were stored in the form in which they had been sent, with an empty Topic Name and a Topic Alias.
-- Trigger: C: PUBLISH t alias=1 q1, acknowledged; C: PUBLISH "" alias=1 q1; cut; C resumes: PUBLISH "" alias=1 DUP.
-- Defect: c-alias-in-resend
return scenario {
  title = "A message that is sent again has its Topic Name",
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
    client:connect()
    t:sleep("3s")
    m:wait("10s")
  end,
}
