-- vernemq/vernemq#1078, https://github.com/vernemq/vernemq/pull/1078; broker, MQTT 3.1.1 and 5.0.
-- Wrong: after a resumption the next identifier was not moved past those of PUBRELs, and a new PUBLISH took one of
-- them.
-- Trigger: B>S: PUBLISH q2 id=n; S: PUBREC n; cut before PUBCOMP; S resumes; B: PUBREL n; B: PUBLISH id=n, a new
-- message.
-- Defect: b-id-reused-in-flight
return scenario {
  title = "The identifier of a PUBREL under way is not free for a new PUBLISH",
  clauses = { "v3:MQTT-2.3.1-4", "v5:MQTT-2.2.1-4" },
  tags = { "defect:b-id-reused-in-flight" },
  link = { delay = "40ms" },
  run = function(t)
    local sub = t:client("subscriber", { clean = false, session_expiry = "5m" })
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    sub:hold("PUBCOMP")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "old", { qos = 2 }):wait("10s")
    sub:expect { topic = "t", payload = "old" }
    t:sleep("1s")
    sub:drop("rst")
    for i = 1, 8 do pub:publish("t", "new " .. i, { qos = 2 }):wait("10s") end
    sub:connect()
    for i = 1, 8 do sub:expect { topic = "t", payload = "new " .. i } end
    sub:release()
    t:quiet("3s")
  end,
}
