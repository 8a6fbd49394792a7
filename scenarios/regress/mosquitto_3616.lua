-- eclipse-mosquitto/mosquitto#3616, https://github.com/eclipse-mosquitto/mosquitto/issues/3616; broker, MQTT 5.0.
-- Wrong: the broker shortened the Session Expiry Interval by its own rule and did not say so in CONNACK.
-- Trigger: C: CONNECT session_expiry=0xFFFFFFFF; B: CONNACK without the property; C: DISCONNECT; 61 s; C: CONNECT;
-- Session Present 0.
-- Defect: b-sei-override-silent
return scenario {
  title = "A Session lives as long as CONNECT asked for, unless CONNACK says otherwise",
  clauses = { "v5:MQTT-3.1.2-23", "v5:MQTT-3.2.2-3", "v5:MQTT-3.1.2-5" },
  versions = { "5.0" },
  tags = { "defect:b-sei-override-silent" },
  link = { delay = "30ms" },
  slow = true,
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "never" })
    local told = client:connect().properties.session_expiry_interval
    client:disconnect()
    t:sleep("61s")
    t:check(client:connect().session_present or (told and told < 61), "the session is present")
  end,
}
