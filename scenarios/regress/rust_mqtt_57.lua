-- obabec/rust-mqtt#57, https://github.com/obabec/rust-mqtt/issues/57; client, MQTT 5.0.
-- Wrong: while the client waited for PUBACK, any other packet was an error; a PUBLISH that came then was lost.
-- Trigger: C: PUBLISH q1; B: PUBLISH q1 "x", then PUBACK; C does not acknowledge "x".
-- Defect: c-publish-lost-while-waiting
return scenario {
  title = "A PUBLISH that comes before the awaited PUBACK is taken and acknowledged",
  clauses = { "v3:MQTT-4.5.0-2", "v3:MQTT-3.3.4-1", "v3:MQTT-4.3.2-2", "v5:MQTT-4.5.0-2" },
  tags = { "defect:c-publish-lost-while-waiting" },
  link = { delay = "100ms" },
  run = function(t)
    local client = t:client("c")
    client:connect()
    client:subscribe("u", { qos = 1 })
    local other = t:client("other")
    other:connect()
    other:publish("u", "x", { qos = 1 })
    t:sleep("50ms")
    local m = client:publish("t", "y", { qos = 1 })
    m:wait("10s")
    t:sleep("2s")
    client:expect { topic = "u", payload = "x" }
    t:quiet("3s")
  end,
}
