-- expects: runtime_error.lua:3: attempt to index a nil value
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  local x = nil; print(x.y)
end }
