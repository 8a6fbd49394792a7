-- expects: wrong_duration.lua:2:
return scenario { title = "x", link = { delay = "soon" }, run = function(t) end }
