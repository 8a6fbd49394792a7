-- emqx/emqx#1562, https://github.com/emqx/emqx/issues/1562; broker, MQTT 3.1.1.
-- Wrong: what a timer sent again on the living connection had DUP 0.
-- Trigger: B>S: PUBLISH q2; S keeps its PUBREC back for 20 s; B: PUBLISH q2 DUP=0.
-- On a living connection a PUBLISH with DUP 0 under an identifier that is in use is judged as a new message
-- (MQTT-2.3.1-4).
-- Defect: b-redeliver-dup0
return scenario {
  title = "What a broker's timer sends again has DUP 1",
  clauses = { "v3:MQTT-3.3.1-1", "v3:MQTT-2.3.1-4" },
  versions = { "3.1.1" },
  tags = { "defect:b-redeliver-dup0" },
  broker = { retry = "5s" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    sub:hold("PUBREC")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    t:sleep("7s")
    sub:release()
    sub:expect { topic = "t", payload = "x" }
    t:quiet("10s")
  end,
}
