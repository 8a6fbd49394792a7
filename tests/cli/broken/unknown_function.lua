-- expects: unknown_function.lua:3: client has no function 'conect'
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  t:client("c"):conect()
end }
