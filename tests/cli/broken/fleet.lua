-- expects: fleet.lua:4: connect of t:fleet: field 'rate': expected clients per time such as "1000/s" or "50/m", got "fast"
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  -- the line of the call counts
  t:fleet { n = 10, connect = { rate = "fast" } }
end }
