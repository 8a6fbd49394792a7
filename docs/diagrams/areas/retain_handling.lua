return scenario {
  title = "Retain Handling: 0 brings retained messages, 2 never, 1 only for a new subscription",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local pub = t:client("meter")
    pub:connect()
    pub:publish("level", "42", { retain = true })
    local sub = t:client("display")
    sub:connect()
    sub:subscribe("level", { retain_handling = 2 })
    t:sleep("100ms")
    sub:subscribe("level", { retain_handling = 1 })
    t:sleep("100ms")
    sub:subscribe("level", { retain_handling = 0 })
    sub:expect { topic = "level", retain = true }
  end,
}
