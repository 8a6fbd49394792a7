-- tidy: reads the source tree and complains. usage: lua5.4 tests/tidy/tidy.lua FOLDER
local root = arg[1] or "."
package.path = root .. "/tests/tidy/?.lua;" .. package.path
local checks = require "checks"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function list()
  local files = {}
  local command = "cd '" .. root .. "' && find src include tests scenarios docs README.md -type f "
    .. "\\( -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.lua' -o -name '*.md' -o -name '*.csv' \\) | LC_ALL=C sort"
  for path in assert(io.popen(command)):lines() do files[#files + 1] = { path = path, text = read(root .. "/" .. path) } end
  return files
end

local known = {}
for version, name in pairs { v3 = "statements_v3.csv", v5 = "statements_v5.csv" } do
  for id in read(root .. "/src/spec/" .. name):gmatch("\n(MQTT%-[%d%.]+%-%d+),") do known[version .. ":" .. id] = true end
end
checks.per_file["unknown statements"] = checks.statement_check(known)

local problems = 0
local function report(path, line, text)
  problems = problems + 1
  print(string.format("%s:%d: %s", path, line, text))
end

local files = list()
assert(#files > 100, "tidy found too few files: is the folder right?")
local names = {}
for name in pairs(checks.per_file) do names[#names + 1] = name end
table.sort(names)
for _, file in ipairs(files) do
  for _, name in ipairs(names) do checks.per_file[name](file.path, file.text, report) end
end
for _, check in pairs(checks.over_all) do check(files, report) end
print(#files .. " files, " .. problems .. " problems")
os.exit(problems == 0)
