-- espressif/esp-mqtt#168, https://github.com/espressif/esp-mqtt/issues/168; client, MQTT 3.1.1.
-- Wrong: after the broker had been restarted, QoS 2 messages that were complete were sent again.
-- Trigger: C: PUBLISH q2 id=58872, whole exchange; the broker restarts; C: CONNECT; C: PUBLISH, the old payload.
-- Defect: c-completed-not-removed
return scenario {
  title = "A completed QoS 2 message does not come back after the broker was away",
  clauses = { "v3:MQTT-4.3.3-1", "v3:MQTT-4.4.0-1", "v5:MQTT-4.3.3-3" },
  tags = { "defect:c-completed-not-removed" },
  worlds = { "sim" },
  link = { delay = "40ms" },
  run = function(t)
    local client = t:client("c", { clean = false, session_expiry = "5m", first_packet_identifier = 58872 })
    client:connect()
    client:publish("t", "x", { qos = 2 }):wait("10s")
    t:broker():restart { keep = "session", down = "2s" }
    client:wait_closed("10s")
    t:sleep("3s")
    client:connect()
    t:sleep("3s")
    client:publish("t", "y", { qos = 2 }):wait("10s")
  end,
}
