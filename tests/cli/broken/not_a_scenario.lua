-- expects: not_a_scenario.lua:
return 42
