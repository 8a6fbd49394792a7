-- 5.0 announces it in CONNACK; 3.1.1 has only the return code.
return scenario {
  title = "A broker without wildcard subscriptions refuses every filter that has a wildcard",
  clauses = { "v3:MQTT-3.8.3-2" },
  versions = { "3.1.1" },
  link = { delay = "30ms" },
  broker = { wildcard_subscription_available = false },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    local answer = sub:subscribe { { "a/+", 1 }, { "a/b", 1 }, { "#", 0 } }
    t:check(answer.reason_codes[1] == 0x80 and answer.reason_codes[3] == 0x80, "wildcards are refused")
    t:check(answer.reason_codes[2] == 1, "the filter without one is granted")
    local pub = t:client("publisher")
    pub:connect()
    pub:publish("a/b", "x", { qos = 1 }):wait("10s")
    sub:expect { topic = "a/b", payload = "x" }
    sub:expect_none { topic = "a/b", during = "2s" }
  end,
}
