-- Shows every check of tidy failing on something bad, and silent on its good twin.
local root = arg[1] or "."
package.path = root .. "/tests/tidy/?.lua;" .. package.path
local checks = require "checks"
checks.per_file["unknown statements"] = checks.statement_check { ["v3:MQTT-4.3.3-2"] = true }

local function long(n, text) return string.rep(text .. "\n", n) end

local cases = {
  ["arrows"] = {
    { "src/mqtt/a.c", '#include "sim/queue.h"\n', '#include "codec/wire.h"\n' },
    { "src/check/a.c", "#include <mqttdrill/client.h>\n", "#include <mqttdrill/codec.h>\n" },
    { "src/base/a.h", '#include "spec/spec.h"\n', '#include "base/base.h"\n' },
    { "src/unknown/a.c", "int a;\n", nil },
  },
  ["banned calls"] = {
    { "src/report/a.c", "void f(void) { qsort(a, b, c, d); }\n", "void f(void) { drill_sort(a); }\n" },
    { "src/mqtt/a.c", "void f(void) { clock_gettime(0, 0); }\n", "/* clock_gettime( */\n" },
    { "src/net/a.c", "static double x;\n", 'const char *x = "double";\n' },
    { "src/world/a.c", "void *f(void) { return malloc(3); }\n", "void f(void) { drill_malloc_count(); }\n" },
    { "src/cli/a.c", 'printf("%p", x);\n', 'printf("100%%p");\n' },
    { "src/sim/a.c", "#include <math.h>\n", "#include <stdint.h>\n" },
  },
  ["sizes"] = {
    { "src/base/a.c", string.rep("x", 101) .. "\n", string.rep("x", 100) .. "\n" },
    { "src/base/a.c", "/* clang-format on */\n" .. string.rep("x", 101) .. "\n",
      "/* clang-format off */\n" .. string.rep("x", 101) .. "\n/* clang-format on */\n" },
    { "src/base/a.c", "int f(void) {\n" .. long(69, "    x;") .. "}\n", "int f(void) {\n" .. long(68, "    x;") .. "}\n" },
    { "src/base/a.c", long(801, "x;"), long(800, "x;") },
  },
  ["ifdef in functions"] = {
    { "src/base/a.c", "int f(void) {\n#ifdef X\n#endif\n}\n", "#ifdef X\nint f(void) {\n}\n#endif\n" },
  },
  ["unknown statements"] = {
    { "src/mqtt/a.c", "/* [v3:MQTT-9.9.9-9] */\n", "/* [v3:MQTT-4.3.3-2] */\n" },
    { "scenarios/a.lua", 'clauses = { "v5:MQTT-4.3.3-2" }\n', 'clauses = { "v3:MQTT-4.3.3-2" }\n' },
  },
  ["unversioned statements"] = {
    { "src/mqtt/a.c", "/* see [MQTT-4.3.3-2] */\n", "/* see [v3:MQTT-4.3.3-2] */\n" },
  },
  ["module readme"] = { { "src/base/README.md", long(41, "x"), long(40, "x") } },
}

local failures = 0
local function complain(text)
  failures = failures + 1
  print(text)
end

local function count(check, path, text)
  local n = 0
  check(path, text, function() n = n + 1 end)
  return n
end

for name in pairs(checks.per_file) do
  if not cases[name] then complain("no case shows the check '" .. name .. "' failing") end
end
for name, list in pairs(cases) do
  for i, case in ipairs(list) do
    local check = assert(checks.per_file[name], name)
    if count(check, case[1], case[2]) == 0 then complain(name .. " " .. i .. ": the bad text passed") end
    if case[3] and count(check, case[1], case[3]) ~= 0 then complain(name .. " " .. i .. ": the good text was refused") end
  end
end

local function orphans(files)
  local n = 0
  checks.over_all["orphans"](files, function() n = n + 1 end)
  return n
end
local good = {
  { path = "src/base/README.md", text = "see docs/a.md" },
  { path = "src/base/a.h", text = "" },
  { path = "src/base/a.c", text = '#include "base/a.h"' },
  { path = "docs/a.md", text = "" },
}
if orphans(good) ~= 0 then complain("orphans: a good tree was refused") end
for missing = 1, 3 do
  if missing ~= 2 then
    local bad = {}
    for i, file in ipairs(good) do if i ~= missing then bad[#bad + 1] = file end end
    if orphans(bad) == 0 then complain("orphans: a bad tree passed without file " .. missing) end
  end
end
print(failures == 0 and "every check was seen failing" or failures .. " failures")
os.exit(failures == 0)
