-- expects: deep_recursion.lua:3: memory limit
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  local function f() return 1 + f() end
  f()
end }
