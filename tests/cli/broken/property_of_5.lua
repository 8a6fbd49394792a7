-- expects: property_of_5.lua:5:
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  local c = t:client("c")
  c:connect()
  c:disconnect { reason_code = 4 }
end }
