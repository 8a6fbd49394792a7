return scenario {
  title = "A request says where the answer goes and what it answers",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local panel = t:client("panel")
    panel:connect()
    panel:subscribe("panel/answers", { qos = 1 })
    local pump = t:client("pump")
    pump:connect()
    pump:subscribe("pump/get", { qos = 1 })
    panel:publish("pump/get", "pressure?", { qos = 1, response_topic = "panel/answers", correlation_data = "17" })
    local request = pump:expect { topic = "pump/get" }[1]
    pump:publish(request.properties.response_topic, "2.4", { qos = 1,
      correlation_data = request.properties.correlation_data, user_properties = { { "unit", "bar" } } })
    panel:expect { topic = "panel/answers" }
  end,
}
