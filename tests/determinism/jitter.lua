-- Everything random that a link has: any difference in a seed shows in the trace.
return scenario {
  title = "a jittery, lossy link",
  versions = { "3.1.1" },
  link = { delay = "80ms", jitter = "30ms", loss = "5%" },
  run = function(t)
    local sub = t:client("sub")
    sub:connect()
    sub:subscribe("a/#", { qos = 2 })
    local pub = t:client("pub")
    pub:connect()
    for i = 1, 20 do pub:publish("a/" .. i, "x", { qos = i % 3 }):wait("5m") end
    sub:expect { topic = "a/20", payload = "x", within = "5m" }
  end,
}
