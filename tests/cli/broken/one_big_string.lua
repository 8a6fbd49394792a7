-- expects: one_big_string.lua:3:
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  local s = string.rep("x", 1 << 40)
end }
