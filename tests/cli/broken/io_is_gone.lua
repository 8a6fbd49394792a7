-- expects: io_is_gone.lua:3: attempt to index a nil value
return scenario { title = "x", versions = { "3.1.1" }, run = function(t)
  io.open("/etc/passwd")
end }
