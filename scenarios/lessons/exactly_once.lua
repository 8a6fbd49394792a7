-- scenarios/lessons/exactly_once.lua
return scenario {
  title = "A PUBREC is lost with the connection; the message is still delivered exactly once",
  link = { delay = "120ms" },
  run = function(t)
    local till, meter = t:client("till"), t:client("meter", { clean = false, session_expiry = "1h" })
    till:connect() till:subscribe("sales", { qos = 1 })
    meter:connect()
    meter:link():cut { before = "PUBREC" }                 -- the connection dies here, every time
    local sale = meter:publish("sales", "4.20", { qos = 2 })
    meter:wait_closed() t:sleep("4s") meter:connect()      -- the session resumes
    sale:wait("30s")
    till:expect { topic = "sales", payload = "4.20" } t:quiet("5s")
  end,
}
