-- expects: unknown_field.lua:2: scenario: unknown field 'titel'; did you mean 'title'?
return scenario { titel = "x", title = "y", run = function() end }
