-- A publisher with unfinished messages that comes back, and whose connection ends again before the first answer.
local function comes_back_twice(t)
  local sub = t:client("subscriber")
  sub:connect()
  sub:subscribe("log/#", { qos = 2 })
  local pub = t:client("publisher", { clean = false, session_expiry = "1h" })
  pub:connect()
  pub:link():cut { before = "PUBACK" }
  for i = 1, 3 do pub:publish("log/old", "old " .. i, { qos = 1 }) end
  pub:wait_closed()
  t:sleep("1s")
  pub:link():cut { before = "PUBACK" }
  t:check(pub:connect().session_present, "the Session goes on")
  for i = 1, 3 do pub:publish("log/new", "new " .. i, { qos = i % 2 + 1 }) end
  pub:wait_closed()
  t:sleep("1s")
  pub:connect()
  t:sleep("5s")
  for i = 1, 3 do sub:expect { topic = "log/new", payload = "new " .. i, qos = i % 2 + 1 } end
end

return {
  scenario {
    id = "sent",
    title = "Messages sent behind the unfinished ones are unfinished, too, when the connection ends again",
    clauses = { "v3:MQTT-4.4.0-1", "v3:MQTT-4.3.2-1", "v3:MQTT-4.3.3-1",
                "v5:MQTT-4.4.0-1", "v5:MQTT-4.3.2-3", "v5:MQTT-4.3.3-3" },
    link = { delay = "100ms" },
    run = function(t) comes_back_twice(t) end,
  },
  scenario {
    id = "waiting",
    title = "Messages that wait for send quota behind the unfinished ones are sent on the next connection",
    clauses = { "v5:MQTT-4.3.2-2", "v5:MQTT-4.3.3-2", "v5:MQTT-4.4.0-1" },
    versions = { "5.0" },
    broker = { receive_maximum = 3 },
    link = { delay = "100ms" },
    run = function(t) comes_back_twice(t) end,
  },
}
