-- 256dpi/arduino-mqtt#144, https://github.com/256dpi/arduino-mqtt/issues/144; client, MQTT 3.1.1.
-- Wrong: above 65 or 86 s the Keep Alive did not fit its integer, and PINGREQ came at a wrong rate.
-- Trigger: C: CONNECT keepalive=90, idle; PINGREQ not within 90 s of the last packet.
-- Defect: c-keepalive-late-or-early
return scenario {
  title = "A Keep Alive of 90 s and more is kept",
  clauses = { "v3:MQTT-3.1.2-23", "v5:MQTT-3.1.2-20" },
  tags = { "defect:c-keepalive-late-or-early" },
  link = { delay = "30ms" },
  slow = true,
  run = function(t)
    local clients = {}
    for i, seconds in ipairs { 85, 87, 90, 120 } do
      clients[i] = t:client("c" .. seconds, { keepalive = seconds .. "s" })
      clients[i]:connect()
    end
    t:sleep("5m")
    for _, client in ipairs(clients) do t:check(client:connected(), "the connection stays") end
  end,
}
