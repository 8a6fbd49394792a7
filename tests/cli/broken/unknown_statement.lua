-- expects: unknown_statement.lua:2:
return scenario { title = "x", clauses = { "v3:MQTT-99.9.9-9" }, run = function() end }
