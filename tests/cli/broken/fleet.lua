-- expects: fleet.lua:3: t:fleet is not there yet
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  t:fleet { n = 10 }
end }
