-- expects: not there yet
return scenario { title = "x", versions = { "5.0" }, run = function(t) end }
