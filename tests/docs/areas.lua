-- The pages of docs/areas. Their words are written by hand; the lists at their ends are made here, from what the tool says.
-- usage: lua5.4 areas.lua make|check MQTTDRILL PROJECT [OUT]
--   make:  writes the pages, with new lists, into OUT/docs/areas (default: PROJECT)
--   check: every link leads somewhere, every name is one, every picture is shown, and the lists are current
local mode, tool, project, out = arg[1], arg[2], arg[3], arg[4] or arg[3]
package.path = (arg[0]:match("^(.*)/") or ".") .. "/?.lua;" .. package.path
local rules = require "area_rules"

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local quote = testing.quote

local function lines_of(command)
  local pipe = assert(io.popen(command))
  local list = {}
  for line in pipe:lines() do list[#list + 1] = line end
  assert(pipe:close(), command)
  return list
end

local function output_of(command) return table.concat(lines_of(command), "\n") end

local here = "cd " .. quote(project) .. " && "
local facts = rules.facts {
  list = output_of(here .. quote(tool) .. " list scenarios --json"),
  defects = output_of(here .. quote(tool) .. " defects --json"),
  oracles = read(project .. "/docs/oracles.md"),
  matrix = read(out .. "/reports/mutants.csv") or read(project .. "/reports/mutants.csv"),
}
facts.exists = function(path) return read(project .. "/" .. path) ~= nil or os.rename(project .. "/" .. path,
  project .. "/" .. path) ~= nil end
facts.text = function(path) return read(project .. "/" .. path) end

local problems, pages, shown = 0, 0, {}
local function report(path, text)
  problems = problems + 1
  print(path .. ": " .. text)
end

for _, path in ipairs(lines_of(here .. "ls docs/areas/*.md")) do
  pages = pages + 1
  local text = read(project .. "/" .. path)
  local made = rules.make(path, text, facts)
  if mode == "make" then
    local file = assert(io.open(out .. "/" .. path, "wb"))
    file:write(made)
    file:close()
  else
    if made ~= text then report(path, "its lists are not current (./dev reports makes them anew)") end
    rules.check(path, text, facts, function(complaint) report(path, complaint) end)
    shown[#shown + 1] = text
  end
end
if mode == "check" then
  local all = table.concat(shown)
  for _, path in ipairs(lines_of(here .. "ls docs/diagrams/areas/*.svg")) do
    local link = path:gsub("^docs/", "../")
    if not all:find("](" .. link .. ")", 1, true) then report(path, "is on no page of docs/areas") end
  end
  for _, complaint in ipairs(rules.forgotten(facts, all)) do report("docs/areas", complaint) end
  print(pages .. " pages, " .. problems .. " problems")
end
os.exit(problems == 0 and pages >= 10)
