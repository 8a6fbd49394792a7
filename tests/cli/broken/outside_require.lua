-- expects: outside_require.lua:2: require
local m = require "../../checks"
