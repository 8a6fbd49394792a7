-- What can be checked of the style by reading text. Each check is a function (path, text, report) over one file, or
-- (files, report) over all; tests/tidy/selftest.lua shows each of them failing.
local checks = {}

local C_FILE = "%.[ch]$"

-- Which modules a module may include; docs/architecture.md has the same table.
checks.arrows = {
  base = {}, spec = { "base" }, codec = { "base", "spec" }, sim = { "base" }, net = { "base", "sim" },
  mqtt = { "base", "spec", "codec" }, auth = { "base" },
  trace = { "base", "spec", "codec" }, check = { "base", "spec", "codec", "trace" },
  driver = { "base", "sim", "net", "trace" },
  world = { "base", "spec", "codec", "sim", "net", "mqtt", "auth", "trace", "check", "driver" },
  script = { "base", "spec", "codec", "trace", "check", "world" },
  report = { "base", "spec", "codec", "trace", "check" },
  explore = { "base", "trace", "check", "world", "script" },
  cli = "all",
}
-- world/world.h hands these on in its own interface, so those who may include it meet them.
checks.through_world = { mqtt = true, driver = true, net = true, sim = true, codec = true, spec = true }

checks.public_headers = {
  base = "base", codec = "codec", connection = "codec", client = "mqtt", broker = "mqtt", link = "net", trace = "trace",
  world = "world",
}

local function contains(list, word)
  for _, item in ipairs(list) do if item == word then return true end end
  return false
end

local function lines(text)
  local n = 0
  return string.gmatch(text, "([^\n]*)\n?"), function() n = n + 1 return n end
end

-- The text without comments and string literals, lines kept.
local function bare(text)
  local blank = function(s) return (s:gsub("[^\n]", " ")) end
  text = text:gsub("/%*.-%*/", blank):gsub("//[^\n]*", blank)
  return (text:gsub('"[^"\n]*"', blank))
end

local function each_line(text, f)
  local n = 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    n = n + 1
    f(n, line)
  end
end

function checks.module_of(path) return path:match("^src/([%w_]+)/") end

checks.per_file = {}

-- #include lines follow the arrows.
checks.per_file["arrows"] = function(path, text, report)
  local module = checks.module_of(path)
  local allowed = module and checks.arrows[module]
  if not path:match(C_FILE) or not module then return end
  if not allowed then return report(path, 1, "no module '" .. module .. "' in the table of arrows") end
  each_line(text, function(n, line)
    local target = line:match('^#include "([%w_]+)/')
    local public = line:match("^#include <mqttdrill/([%w_]+)%.h>")
    if public then
      target = checks.public_headers[public]
      if not target then return report(path, n, "unknown public header " .. public) end
    end
    if not target or target == module or allowed == "all" or contains(allowed, target) then return end
    if contains(allowed, "world") and checks.through_world[target] then return end
    report(path, n, module .. " may not include " .. target)
  end)
end

-- Calls that bring in time, chance, order or floating point below the driver.
local everywhere = { "qsort", "setlocale", "rand", "srand", "random", "drand48" }
local below_driver = { "clock_gettime", "gettimeofday", "time", "uv_hrtime", "nanosleep", "usleep", "sleep", "getenv", "malloc",
  "calloc", "realloc", "fopen", "socket" }
local floating = { "double", "float" }
local pure = { base = true, spec = true, codec = true, sim = true, net = true, mqtt = true, auth = true, check = true, world = true,
  script = true }
-- The allocators themselves; the spec table's generator is a host program.
local exempt = { ["src/base/arena.c"] = true, ["src/base/allocator.c"] = true, ["src/base/alloc.c"] = true,
  ["src/base/arena_malloc.c"] = true,
  -- Scenario texts come from files; this is the one place in script that opens them.
  ["src/script/sandbox_require.c"] = true }
checks.exempt = exempt

checks.per_file["banned calls"] = function(path, text, report)
  local module = checks.module_of(path)
  if not module or not path:match(C_FILE) or exempt[path] or path:match("/gen/") then return end
  local code = bare(text)
  local function ban(names, pattern, why)
    each_line(code, function(n, line)
      for _, name in ipairs(names) do
        if line:match("%f[%w_]" .. name .. pattern) then report(path, n, name .. ": " .. why) end
      end
    end)
  end
  ban(everywhere, "%s*%(", "banned everywhere (docs/determinism.md)")
  if pure[module] then
    ban(below_driver, "%s*%(", "only the driver and what lies above world may touch the outside")
    if module ~= "script" then ban(floating, "%f[^%w_]", "no floating point in base to world") end
  end
  each_line(text, function(n, line)
    if line:match('"[^"]*%%p[^"]*"') and not line:match("%%%%p") then report(path, n, "%p: addresses are never printed") end
    if line:match("^#include <math%.h>") then report(path, n, "math.h: libm differs between machines") end
  end)
end

-- Files up to 800 lines, functions up to 70, lines up to 100 columns.
checks.per_file["sizes"] = function(path, text, report)
  if not path:match(C_FILE) then return end
  local total, start, drawn = 0, nil, false
  each_line(text, function(n, line)
    total = n
    -- Tables that are drawn as tables may be wide.
    if line:match("clang%-format off") then drawn = true elseif line:match("clang%-format on") then drawn = false end
    local columns = utf8.len(line) or #line
    if columns > 100 and not drawn then report(path, n, "line of " .. columns .. " columns; at most 100") end
    if line:match("^[%a_].*[{]$") and not line:match("^typedef") and not line:match("^static const") and line:match("%(")
      or line:match("^ .*%) {$") and start == nil and not line:match("^    ") then
      start = n
    elseif line:match("^}") and start then
      if n - start + 1 > 70 then report(path, start, "function of " .. (n - start + 1) .. " lines; at most 70") end
      start = nil
    end
  end)
  if total > 801 then report(path, 1, "file of " .. total - 1 .. " lines; at most 800") end
end

-- `switch` over an enum has no default (they would hide a new value from the compiler).
checks.per_file["ifdef in functions"] = function(path, text, report)
  if not path:match("^src/.*%.c$") then return end
  local inside = false
  each_line(text, function(n, line)
    if line:match("^[%a_].*[{]$") and line:match("%(") then inside = true end
    if line:match("^}") then inside = false end
    if inside and line:match("^%s*#%s*if") then report(path, n, "#if inside a function") end
  end)
end

-- Statement ids carry their version and exist.
function checks.statement_check(known)
  return function(path, text, report)
    -- Tests of looking statements up also ask for ids that do not exist.
    if path:match("%.csv$") or path:match("^tests/tidy/") or path:match("^tests/unit/spec/")
      or path:match("^tests/cli/broken/") then return end
    each_line(text, function(n, line)
      for version, id in line:gmatch("v([35]):(MQTT%-[%d%.]+%-%d+)") do
        if not known["v" .. version .. ":" .. id] then report(path, n, "there is no statement v" .. version .. ":" .. id) end
      end
    end)
  end
end

checks.per_file["unversioned statements"] = function(path, text, report)
  if not path:match("^src/.*%.[ch]$") or path:match("^src/spec/") then return end
  each_line(text, function(n, line)
    for before in line:gmatch("(...)MQTT%-%d+%.%d+%.%d+%-%d+") do
      if not before:match("v[35]:$") then report(path, n, "a statement id without its version") end
    end
  end)
end

-- A module's README: at most 40 lines.
checks.per_file["module readme"] = function(path, text, report)
  if not path:match("^src/[%w_]+/README%.md$") then return end
  local total = 0
  each_line(text, function(n) total = n end)
  if total - 1 > 40 then report(path, 1, "README of " .. total - 1 .. " lines; at most 40") end
end

checks.over_all = {}

-- Headers that nobody includes, modules without README, docs that nothing links to.
checks.over_all["orphans"] = function(files, report)
  local all = {}
  for _, file in ipairs(files) do
    if file.path:match("%.[ch]$") or file.path:match("%.md$") or file.path:match("%.def$") then all[#all + 1] = file.text end
  end
  local joined = table.concat(all, "\n")
  local modules, readmes = {}, {}
  for _, file in ipairs(files) do
    local module = checks.module_of(file.path)
    if module then modules[module] = true end
    if file.path:match("^src/[%w_]+/README%.md$") then readmes[module] = true end
    local header = file.path:match("^src/(.*%.h)$")
    if header and not joined:find('#include "' .. header .. '"', 1, true) then
      report(file.path, 1, "nobody includes this header")
    end
    local doc = file.path:match("^docs/(.*%.md)$")
    if doc and doc ~= "README.md" and not joined:find(doc, 1, true) then report(file.path, 1, "nothing links to this page") end
  end
  for module in pairs(modules) do
    if not readmes[module] then report("src/" .. module .. "/README.md", 1, "is missing") end
  end
end

return checks
