-- expects: endless_declaration.lua:2: instruction budget
while true do end
