return scenario {
  title = "One transmission of one packet is lost, once",
  clauses = { "v3:MQTT-4.3.2-1" },
  versions = { "3.1.1" },
  worlds = { "sim" },
  link = { delay = "50ms" },
  limit = "10m",
  run = function(t)
    local meter = t:client("meter", { keepalive = 0 })
    meter:connect()
    meter:link():drop { type = "PUBACK" }
    meter:publish("m", "1", { qos = 1 }):wait()
  end,
}
