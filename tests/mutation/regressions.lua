-- Proves that each scenario of scenarios/regress finds the bug it is made from. It names one defect in a tag ("defect:NAME") and in
-- its header. With that defect, in every version in which both exist, a run must fail with a finding of an oracle that the defect's
-- row expects, with a statement of that row that the scenario declares; without a defect it must pass. With --page FILE writes
-- the page docs/regressions.md instead.
-- usage: lua5.4 regressions.lua MQTTDRILL PROJECT [--page FILE]
local tool, project, page = arg[1], arg[2], arg[3] == "--page" and arg[4]
local folder = project .. "/scenarios/regress"
local LEAST = 60
local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local fail, quote = testing.fail, testing.quote

local function output_of(arguments)
  local pipe = assert(io.popen(quote(tool) .. " " .. arguments .. " 2>/dev/null"))
  local text = pipe:read("a")
  pipe:close()
  return text
end

-- The members of a JSON object that has no objects inside: strings, and lists of strings.
local function members(text)
  local object = {}
  for key, value in text:gmatch('"([%w_]+)": "([^"]*)"') do object[key] = value end
  for key, list in text:gmatch('"([%w_]+)": (%b[])') do
    object[key] = {}
    for item in list:gmatch('"([^"]*)"') do table.insert(object[key], item) end
  end
  return object
end

local function objects(text)
  local list = {}
  for object in text:sub(2):gmatch("%b{}") do list[#list + 1] = members(object) end
  return list
end

local function words(text)
  local set = {}
  for word in text:gmatch("%S+") do set[word] = true end
  return set
end

local defects = {}
for _, defect in ipairs(objects(output_of("defects --json"))) do defects[defect.name] = defect end

local function read_header(scenario)
  local name = scenario.id:match("^regress/([^/]+)")
  local header = {}
  local key
  for line in io.lines(folder .. "/" .. name .. ".lua") do
    local text = line:match("^%-%- (.*)")
    if not text then break end
    local found, rest = text:match("^(%u%l+): (.*)")
    if found then
      key = found
      header[key] = rest
    elseif key then
      header[key] = header[key] .. " " .. text
    else
      header.Source = (header.Source and header.Source .. " " or "") .. text
    end
  end
  return header
end

local function read_scenarios()
  local list = objects(output_of("list " .. quote(folder) .. " --json"))
  for _, scenario in ipairs(list) do
    scenario.header = read_header(scenario)
    scenario.source, scenario.link, scenario.seen =
      (scenario.header.Source or ""):match("^(%S+), (https://%S-); (.+)%.$")
    for _, tag in ipairs(scenario.tags or {}) do scenario.defect = scenario.defect or tag:match("^defect:(.+)") end
    for _, needed in ipairs { "Wrong", "Trigger", "Defect" } do
      if not scenario.header[needed] then fail("%s: its header has no '%s:'", scenario.id, needed) end
    end
    if not scenario.source then fail("%s: its first line is not 'SOURCE, LINK; PARTY, VERSIONS.'", scenario.id) end
    if not defects[scenario.defect] then
      fail("%s: no tag names a defect", scenario.id)
    elseif scenario.header.Defect ~= scenario.defect then
      fail("%s: header and tag name different defects", scenario.id)
    end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

-- id .. version -> { verdict, findings }
local function results_of(arguments)
  local report = output_of("run " .. quote(folder) .. " --quiet --color never --report json=- " .. arguments)
  local results = {}
  for object in report:match('"scenarios": (%b[])'):sub(2):gmatch("%b{}") do
    local head = members(object:match("^(.-)\"findings\""))
    local findings = object:match('"findings": (%b[])')
    local result = { verdict = head.verdict, findings = {} }
    for finding in findings:gmatch('{"statement".-"oracle": "[^"]*"') do
      result.findings[#result.findings + 1] = members(finding)
    end
    results[head.id .. " " .. head.version] = result
  end
  return results
end

-- The statement by which this run found the defect.
local function found_by(scenario, result, expected, oracles)
  local declared = {}
  for _, statement in ipairs(scenario.statements) do declared[statement] = true end
  for _, finding in ipairs(result.findings) do
    if finding.verdict == "fail" and oracles[finding.oracle] and expected[finding.statement] and
       declared[finding.statement] then
      return finding.statement
    end
  end
  return nil
end

local function describe(result)
  local list = {}
  for _, finding in ipairs(result.findings) do
    list[#list + 1] = finding.oracle .. " " .. (finding.statement ~= "" and finding.statement or "-")
  end
  return result.verdict .. " (" .. table.concat(list, ", ") .. ")"
end

local function judge(scenario, results, clean)
  local defect = defects[scenario.defect]
  local tried = 0
  scenario.found = {}
  for _, version in ipairs(scenario.versions) do
    local key = scenario.id .. " " .. version
    local expected = version == "5.0" and defect.v5 or defect.v3
    if not clean[key] or clean[key].verdict ~= "pass" then
      fail("%s: without a defect %s", key, clean[key] and describe(clean[key]) or "not run")
    end
    if expected ~= "" then
      tried = tried + 1
      local result = results[key]
      local statement = result and found_by(scenario, result, words(expected), words(defect.oracle))
      if statement then
        scenario.found[#scenario.found + 1] = statement
      else
        fail("%s with %s: no expected finding: %s", key, scenario.defect, result and describe(result) or "not run")
      end
    end
  end
  if tried == 0 then fail("%s: %s has no form in its versions", scenario.id, scenario.defect) end
end

local function judge_all(list)
  local clean, by_defect = results_of(""), {}
  for _, scenario in ipairs(list) do
    if defects[scenario.defect] then
      local name = scenario.defect
      by_defect[name] = by_defect[name] or results_of("--tag defect:" .. name .. " --defect " .. name)
      judge(scenario, by_defect[name], clean)
    end
  end
end

local function write_page(list)
  local file = assert(io.open(page, "wb"))
  file:write([[
# Regressions: bugs that were real

<!-- Generated by tests/mutation/regressions.lua from the headers of scenarios/regress. Change those, not this page. -->

Each scenario of `scenarios/regress` is made from a bug that somebody reported against a broker or a client. Its header says what
went wrong and the packets that bring it out, reconstructed from the report. The bug itself is a switchable defect of the
virtual broker or client: with it the scenario fails by the statement named here, without it the scenario passes
(`tests/mutation/regressions.lua` proves both). None of this says anything about today's versions of these projects.

```sh
mqttdrill run scenarios/regress --quiet
mqttdrill mutants scenarios/regress --defect b-redeliver-dup0
```

| scenario | source | what went wrong | defect | found by |
| --- | --- | --- | --- | --- |
]])
  for _, scenario in ipairs(list) do
    local found = {}
    for _, statement in ipairs(scenario.found or {}) do found[#found + 1] = statement end
    file:write(string.format("| `%s` | [%s](%s) (%s) | %s | `%s` | %s |\n", scenario.id:gsub("^regress/", ""),
      scenario.source, scenario.link, scenario.seen, scenario.header.Wrong:gsub("|", "\\|"), scenario.defect,
      table.concat(found, ", ")))
  end
  file:close()
end

local list = read_scenarios()
judge_all(list)
if #list < LEAST then fail("only %d scenarios; there were to be %d", #list, LEAST) end
if page then write_page(list) end
print(string.format("%d scenarios, %d problems", #list, testing.failures))
os.exit(testing.failures == 0)
