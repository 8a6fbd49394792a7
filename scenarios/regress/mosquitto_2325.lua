-- eclipse-mosquitto/mosquitto#2325, https://github.com/eclipse-mosquitto/mosquitto/issues/2325; broker, MQTT 3.1.1.
-- Wrong: a packet of the reserved type 0 (PINGREQ with its bytes swapped) was passed over in silence.
-- Trigger: C: CONNECT; C: 0A C0 00; B: nothing.
-- Defect: b-reserved-type-ignored
local raw_client = require "_raw"

return scenario {
  title = "Packet type 0 ends the connection",
  clauses = { "v3:MQTT-4.8.0-1", "v5:MQTT-4.13.1-1" },
  tags = { "defect:b-reserved-type-ignored" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = raw_client.accepted(t, "c")
    raw:send("0a c0 00")
    raw:expect_closed("10s")
  end,
}
