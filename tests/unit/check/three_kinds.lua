-- usage: three_kinds.lua PROJECT FOLDER: every oracle has hand-written traces that pass, that fail and that are inconclusive.
-- FOLDER holds what the tests of unit/check have left: a line "ORACLE STATEMENT KIND" for each thing that a trace showed.
local project, folder = arg[1], arg[2]

local function lines_of(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("a")
  file:close()
  return text
end

local function command(text)
  local pipe = assert(io.popen(text))
  local list = {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local shown = {} -- oracle -> kind -> true; "oracle statement" -> kind -> true
local function show(key, kind)
  shown[key] = shown[key] or {}
  shown[key][kind] = true
end
local logs = command("ls " .. folder .. "/*.txt")
for _, path in ipairs(logs) do
  for oracle, statement, kind in lines_of(path):gmatch("(%S+) (%S+) (%S+)\n") do
    show(oracle, kind)
    show(oracle .. " " .. statement, kind)
  end
end

local problems, count = 0, 0
local function problem(...)
  io.write(table.concat({ ... }, " "), "\n")
  problems = problems + 1
end

local oracles = command("ls " .. project .. "/src/check/oracle_*.c")
for _, path in ipairs(oracles) do
  local name, source = path:match("oracle_([%w_]+)%.c$"), lines_of(path)
  local kinds = shown[name] or {}
  if not kinds.pass then problem(name .. ": no hand-written trace passes") end
  if not kinds.fail then problem(name .. ": no hand-written trace fails") end
  -- Who never leaves anything open has nothing that could be inconclusive.
  local leaves_open = source:find("drill_check_missing%(") or source:find("drill_check_unclear%(")
  if leaves_open and not kinds.inconclusive then problem(name .. ": no hand-written trace is inconclusive") end
  if not leaves_open and not kinds.unused then
    problem(name .. ": nothing of it can be inconclusive, and no trace shows what it does not judge")
  end
  local rules = source:match("#define RULES(.-)\n\n") or ""
  -- A rule of both versions is the same code for both.
  for rule, ids in rules:gmatch('%((%u[%u%d_]*),%s*("[^)]+)%)') do
    local passes, fails = false, false
    for statement in ids:gmatch('"(v[35]:MQTT%-[%d.%-]+)"') do
      local seen = shown[name .. " " .. statement] or {}
      passes, fails = passes or seen.pass, fails or seen.fail
    end
    count = count + 1
    if not passes then problem(name, rule, ids .. ": no hand-written trace passes") end
    if not fails then problem(name, rule, ids .. ": no hand-written trace fails") end
  end
end
if #logs == 0 then problem("no logs: the tests of unit/check have to run first") end
print(string.format("%d oracles, %d rules, %d logs, %d problems", #oracles, count, #logs, problems))
os.exit(problems == 0 and 0 or 1)
