-- expects: wrong_value.lua:5:
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  local c = t:client("c")
  c:connect()
  c:publish("a", "b", { qos = 3 })
end }
