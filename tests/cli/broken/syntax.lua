-- expects: syntax.lua:3:
return scenario { title = "x",
  run = function(t) if end,
}
