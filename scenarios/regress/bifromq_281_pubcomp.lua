-- apache/bifromq#281, https://github.com/apache/bifromq/issues/281; broker, MQTT 5.0, disputed by its maintainers.
-- Wrong: a PUBREL that was sent again after a resumption was answered with PUBCOMP 0x92.
-- Trigger: P: PUBLISH q2 id=4; B: PUBREC 4; P: PUBREL 4, lost with the connection; P resumes, PUBREL 4; B: PUBCOMP 4
-- 0x92.
-- Defect: b-qos2-pubcomp-0x92-on-resume
return scenario {
  title = "A PUBREL that the broker waits for is not called unknown after a resumption",
  clauses = { "v5:MQTT-4.3.3-11", "v5:MQTT-4.1.0-1" },
  versions = { "5.0" },
  tags = { "defect:b-qos2-pubcomp-0x92-on-resume" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:client("publisher", { clean = false, session_expiry = "5m", first_packet_identifier = 4 })
    pub:connect()
    pub:link():cut { before = "PUBREL", dir = "c>b" }
    local m = pub:publish("t", "x", { qos = 2 })
    pub:wait_closed("10s")
    pub:connect()
    local code = m:wait("10s")
    t:sleep("3s")
    t:check(code < 0x80, "the exchange is known")
    sub:expect { topic = "t", payload = "x" }
  end,
}
