-- expects: pattern_bomb.lua:3:
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  print(string.find(string.rep("a", 1000), string.rep("a*", 40) .. "b"))
end }
