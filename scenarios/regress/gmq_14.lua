-- yosssi/gmq#14, https://github.com/yosssi/gmq/issues/14; client, MQTT 3.1.1.
-- Wrong: a client that had been restarted took what the broker sent again for an error, and could not connect any
-- more.
-- Trigger: B: PUBLISH q2; C: PUBREC; the client restarts; C: CONNECT clean=0; B: PUBREL; C closes.
-- Defect: c-unknown-pubrel-error
return scenario {
  title = "A restarted client answers PUBREL for an identifier that it does not know",
  clauses = { "v3:MQTT-4.3.3-2" },
  versions = { "3.1.1" }, -- a 5.0 client without a Session refuses Session Present 1
  tags = { "defect:c-unknown-pubrel-error" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false })
    client:connect()
    client:subscribe("t", { qos = 2 })
    client:link():cut { before = "PUBREL", dir = "b>c" }
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("t", "x", { qos = 2 }):wait("10s")
    client:wait_closed("10s")
    client:app_crash()
    client:connect()
    t:sleep("5s")
    t:check(client:connected(), "the connection stays")
  end,
}
