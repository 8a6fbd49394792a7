-- vogler75/monster-mq#181, https://github.com/vogler75/monster-mq/issues/181; broker, MQTT 3.1.1 and 5.0.
-- Wrong: two connections with one Client Identifier stayed open and shared a Session; closing one paused the other.
-- Trigger: C1: CONNECT id=c; C2: CONNECT id=c; C1: PINGREQ; B: PINGRESP.
-- Defect: b-two-live-connections
return scenario {
  title = "The connection that another one with the same Client Identifier replaces is closed",
  clauses = { "v3:MQTT-3.1.4-2", "v5:MQTT-3.1.4-3" },
  tags = { "defect:b-two-live-connections" },
  link = { delay = "30ms" },
  run = function(t)
    local first = t:client("first", { id = "c" })
    first:connect()
    local second = t:client("second", { id = "c" })
    second:connect()
    t:sleep("5s")
    t:check(not first:connected(), "the first connection is closed")
    t:check(second:connected(), "the second stays")
    second:ping("5s")
  end,
}
