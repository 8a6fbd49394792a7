-- Who may not publish: 3.1.1 cannot say so, and acknowledges as usual (or closes).
local function publishes(qos)
  return function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("#", { qos = 2 })
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("closed/a", "barred", { qos = qos }):wait("10s")
    pub:publish("free/a", "allowed", { qos = qos }):wait("10s")
    watcher:expect { topic = "free/a", payload = "allowed" }
    watcher:expect_none { topic = "closed/a", during = "5s" }
  end
end

local list = {}
for qos = 1, 2 do
  list[qos] = scenario {
    id = "qos" .. qos,
    title = "QoS " .. qos .. ": a message that its sender may not publish is acknowledged and goes no further",
    clauses = { "v3:MQTT-3.3.5-2" },
    versions = { "3.1.1" },
    link = { delay = "30ms" },
    broker = { topic_rules = { { filter = "free/#", publish = true, subscribe = true }, { filter = "#", subscribe = true } } },
    run = publishes(qos),
  }
end
return list
