-- emqx/emqx#16721, https://github.com/emqx/emqx/pull/16721; broker, MQTT 3.1.1 and 5.0.
-- Wrong: a Packet Identifier that waited for PUBREL was forgotten after 300 s; a copy that came later was delivered
-- as new.
-- Trigger: P: PUBLISH q2 id=1; B: PUBREC 1; cut; 301 s; P resumes, PUBLISH 1 DUP; B forwards it again.
-- Defect: b-qos2-inbound-id-timeout
return scenario {
  title = "A received QoS 2 identifier is kept until PUBREL, however long that takes",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-10" },
  tags = { "defect:b-qos2-inbound-id-timeout" },
  link = { delay = "40ms" },
  slow = true,
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
    pub:connect()
    pub:link():cut { before = "PUBREC" }
    local m = pub:publish("t", "x", { qos = 2 })
    pub:wait_closed("10s")
    t:sleep("301s")
    t:check(pub:connect().session_present, "the session is present")
    m:wait("10s")
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
