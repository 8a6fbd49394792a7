-- eclipse-mosquitto/mosquitto#2163, https://github.com/eclipse-mosquitto/mosquitto/issues/2163; broker, MQTT 5.0.
-- Wrong: CONNECT followed by a CONNACK, which only servers send, crashed the broker. Here the CONNACK itself is
-- well-formed.
-- Trigger: C: CONNECT and CONNACK in one segment; B must close.
-- Defect: b-server-packet-accepted
return scenario {
  title = "A CONNACK from a client ends the connection",
  clauses = { "v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1" },
  tags = { "defect:b-server-packet-accepted" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("c")
    if t.version == "5.0" then
      raw:send("10 0d 00 04 4d 51 54 54 05 02 00 3c 00 00 00 20 03 00 00 00")
    else
      raw:send("10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00 20 02 00 00")
    end
    raw:expect_closed("10s")
  end,
}
