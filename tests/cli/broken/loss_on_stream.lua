-- expects: loss_on_stream.lua:3:
return scenario { title = "x", versions = { "3.1.1" }, link = { loss = "2%" }, run = function(t)
  t:client("c", { transport = "stream" })
end }
