-- expects: endless_loop.lua:3: instruction budget
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  while true do end
end }
