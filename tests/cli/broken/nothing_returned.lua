-- expects: nothing_returned.lua:
local x = 1
