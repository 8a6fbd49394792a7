return scenario {
  title = "Two workers share a subscription; a third client has one of its own",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local one, two, log = t:client("worker1"), t:client("worker2"), t:client("log")
    one:connect()
    one:subscribe("$share/team/jobs", { qos = 1 })
    two:connect()
    two:subscribe("$share/team/jobs", { qos = 1 })
    log:connect()
    log:subscribe("jobs", { qos = 0 })
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 2 do pub:publish("jobs", "job " .. i, { qos = 1 }) end
    log:expect { count = 2 }
    t:sleep("200ms")
  end,
}
