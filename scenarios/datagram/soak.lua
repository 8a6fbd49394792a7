-- One packet of five is lost in each direction of each link, for every QoS, both ways through the
-- broker. The oracles do the judging.
return scenario {
  title = "Datagrams with 20% loss: at most, at least and exactly once",
  clauses = { "v3:MQTT-4.3.1-1", "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.2-2", "v3:MQTT-4.3.3-1",
              "v3:MQTT-4.3.3-2", "v3:MQTT-3.3.1-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  transport = "datagram",
  link = { delay = "80ms", jitter = "30ms", loss = "20%" },
  broker = { retry = "3s" },
  limit = "2h",
  run = function(t)
    -- Repetitions that get lost keep nobody alive: without it the broker could think a party dead.
    local sub = t:client("subscriber", { keepalive = 0 })
    sub:connect { within = "10m" }
    for qos = 0, 2 do
      sub:subscribe("soak/" .. qos, { qos = qos, within = "10m" })
    end
    local pub = t:client("publisher", { keepalive = 0 })
    pub:connect { within = "10m" }
    local waiting = {}
    for i = 1, 20 do
      for qos = 0, 2 do
        local m = pub:publish("soak/" .. qos, tostring(i), { qos = qos })
        if qos > 0 then waiting[#waiting + 1] = m end
      end
      t:sleep("300ms")
    end
    for _, m in ipairs(waiting) do
      m:wait("30m")
    end
    for i = 1, 20 do
      sub:expect { topic = "soak/2", payload = tostring(i), count = 1, within = "30m" }
    end
  end,
}
