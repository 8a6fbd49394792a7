-- fusesource/mqtt-client#120, https://github.com/fusesource/mqtt-client/issues/120; client, MQTT 3.1.1.
-- Wrong: messages came twice when the network failed between PUBREL and PUBCOMP: the client began again with PUBLISH.
-- Trigger: C: PUBLISH q2; B: PUBREC; C: PUBREL, lost with the connection; C resumes: PUBLISH, SUBSCRIBE.
-- Defect: c-publish-instead-of-pubrel
return scenario {
  title = "A client whose PUBREL was lost goes on with PUBREL, and subscribes beside it",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.3-6" },
  tags = { "defect:c-publish-instead-of-pubrel" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m" })
    client:connect()
    client:subscribe("t", { qos = 2 })
    client:link():cut { before = "PUBREL", dir = "c>b" }
    local m = client:publish("t", "x", { qos = 2 })
    client:wait_closed("10s")
    client:connect()
    client:subscribe("u", { qos = 2 })
    m:wait("10s")
    client:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
