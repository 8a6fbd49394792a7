-- expects: missing_require.lua:2: require: there is no file
local m = require "_nowhere"
