-- expects: no_random.lua:3: attempt to call a nil value
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  print(math.random())
end }
