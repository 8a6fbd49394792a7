-- eclipse-mosquitto/mosquitto#3597, https://github.com/eclipse-mosquitto/mosquitto/issues/3597; client, MQTT 3.1.1 and 5.0.
-- Wrong: the counter of identifiers came round to one that was still in flight and took it again.
-- Trigger: C: PUBLISH id=1, never finished; 65,535 other operations, each finished; C: PUBLISH id=1. Here the counter
-- of the
-- defect is small; a right client passes the identifier over at any size.
-- Defect: c-id-reuse-on-wrap
return scenario {
  title = "A client passes over an identifier that is in flight, also for SUBSCRIBE and UNSUBSCRIBE",
  clauses = { "v3:MQTT-2.3.1-2", "v5:MQTT-2.2.1-3" },
  tags = { "defect:c-id-reuse-on-wrap" },
  link = { delay = "30ms" },
  run = function(t)
    local client = t:client("c")
    client:connect()
    client:hold("PUBREL")
    local held = client:publish("held", "x", { qos = 2 })
    for _ = 1, 4 do
      client:subscribe("a", { qos = 1 })
      client:publish("b", "x", { qos = 1 }):wait("10s")
      client:unsubscribe("a")
    end
    client:release()
    held:wait("10s")
    t:quiet("3s")
  end,
}
