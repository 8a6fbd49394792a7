-- expects: memory_bomb.lua:4: memory limit
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  local list = {}
  for i = 1, 1e9 do list[i] = string.rep("x", 1000) .. i end
end }
