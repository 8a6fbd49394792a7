return scenario {
  title = "A topic is named once, then by its alias, and named anew on the next connection",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  broker = { topic_alias_maximum = 5 },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("plant/+/temperature")
    local pub = t:client("sensor")
    pub:connect()
    pub:publish("plant/7/temperature", "21.5", { topic_alias = 1 })
    pub:publish("", "21.6", { topic_alias = 1 })
    sub:expect { topic = "plant/7/temperature", count = 2 }
    pub:drop("rst")
    pub:connect()
    pub:publish("plant/7/temperature", "21.7", { topic_alias = 1 })
    sub:expect { payload = "21.7" }
  end,
}
