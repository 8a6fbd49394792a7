-- expects: wrong_type.lua:2: scenario: field 'title'
return scenario { title = {}, run = function() end }
