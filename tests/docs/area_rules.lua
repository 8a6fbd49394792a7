-- What the pages of docs/areas may say, and the lists at their ends; areas_selftest.lua shows each complaint.
local rules = {}

-- The tool writes one field a line, so that patterns are enough to read its JSON.
local function objects(text, key)
  local list = {}
  local rest = text:match('"' .. key .. '": %[(.*)%]') or error("no " .. key)
  for object in rest:gmatch("\n    (%b{})") do list[#list + 1] = object end
  return list
end

local function strings(object, key)
  local list = {}
  for word in (object:match('"' .. key .. '": %[(.-)%]') or ""):gmatch('"([^"]*)"') do list[#list + 1] = word end
  return list
end

local function field(object, key) return object:match('"' .. key .. '": "([^"]*)"') end

function rules.facts(texts)
  local facts = { scenarios = {}, defects = {}, defect = {}, judges = {}, caught = {}, missed = {} }
  local seen = {}
  for _, object in ipairs(objects(texts.list, "scenarios")) do
    local id = field(object, "id")
    local folder, name = id:match("^([^/]+)/([^/]+)")
    local file = folder and folder .. "/" .. name or id
    -- A file that holds several is listed once.
    local entry = seen[file]
    if not entry then
      entry = { id = id, file = file, title = object:match('"title": "(.-)",\n'), versions = {}, statements = {}, count = 0 }
      seen[file] = entry
      facts.scenarios[#facts.scenarios + 1] = entry
    end
    entry.count = entry.count + 1
    for _, version in ipairs(strings(object, "versions")) do entry.versions[version] = true end
    for _, statement in ipairs(strings(object, "statements")) do entry.statements[statement] = true end
    for _, tag in ipairs(strings(object, "tags")) do entry.defect = tag:match("^defect:(.*)") or entry.defect end
  end
  for _, object in ipairs(objects(texts.defects, "defects")) do
    local defect = { name = field(object, "name"), oracle = field(object, "oracle") }
    facts.defects[#facts.defects + 1] = defect
    facts.defect[defect.name] = defect
  end
  -- Which oracle judges a statement: docs/oracles.md, which a unit test compares with the oracles themselves.
  for section in (texts.oracles .. "\n## "):gmatch("## (.-)\n%f[#]") do
    local oracle = section:match("^([%w_]+):")
    if oracle then
      facts.judges[oracle] = {}
      for version, list in section:gmatch("Statements of [%d.]+ %((v[35]):MQTT%-%): ([%d%s,.-]+)%.") do
        for id in list:gmatch("[%d.]+%-%d+") do facts.judges[oracle][version .. ":MQTT-" .. id] = true end
      end
    end
  end
  for line in texts.matrix:gmatch("[^\n]+") do
    local name, version, _, outcome = line:match("^([%w-]+),([%d.]+),(%a*),(%w+)")
    if name and outcome == "caught" then facts.caught[name] = true end
    if name and outcome ~= "caught" then facts.missed[name] = version end
  end
  return facts
end

local function glob(pattern)
  return "^" .. pattern:gsub("[%-%.%+%[%]%(%)%$%^%%%?]", "%%%0"):gsub("%*", ".*") .. "$"
end

-- SELECTION: globs over scenarios' names; those with a colon are over the statements that a scenario declares.
function rules.selected(selection, entry)
  for word in selection:gmatch("%S+") do
    if word:find(":", 1, true) then
      for statement in pairs(entry.statements) do
        if statement:match(glob(word)) then return true end
      end
    elseif entry.file:match(glob(word)) then
      return true
    end
  end
  return false
end

-- Breaks words into lines of at most 130 columns.
local function paragraph(words)
  local result, line = {}, ""
  for _, word in ipairs(words) do
    if #line + #word + 1 > 130 and line ~= "" then
      result[#result + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  result[#result + 1] = line
  return table.concat(result, "\n")
end

local function version_note(entry)
  if entry.versions["3.1.1"] and entry.versions["5.0"] then return "" end
  return entry.versions["5.0"] and " (5.0)" or " (3.1.1)"
end

local function link(entry) return "../../scenarios/" .. entry.file .. ".lua" end

local function by_title(chosen)
  local result = {}
  for i, entry in ipairs(chosen) do
    local title = entry.title .. (entry.count > 1 and string.format(" ... (%d in one file)", entry.count) or "")
    result[i] = string.format("- [%s](%s)%s", title, link(entry), version_note(entry))
  end
  return table.concat(result, "\n")
end

-- Many: their names, a paragraph for each folder.
local function by_name(chosen)
  local result, words, folder = {}, {}, nil
  local function finish()
    if folder then result[#result + 1] = paragraph(words):gsub(",$", ".") end
  end
  for _, entry in ipairs(chosen) do
    local own, name = entry.file:match("^([^/]+)/(.*)$")
    if own ~= folder then
      finish()
      folder, words = own, { string.format("In [scenarios/%s](../../scenarios/%s):", own, own) }
    end
    words[#words + 1] = string.format("[%s](%s)%s,", name, link(entry), version_note(entry))
  end
  finish()
  return table.concat(result, "\n\n")
end

local MANY = 20

local function scenario_list(selection, facts)
  local chosen = {}
  for _, entry in ipairs(facts.scenarios) do
    local regression = entry.file:match("^regress/")
    if not regression and rules.selected(selection, entry) then chosen[#chosen + 1] = entry end
  end
  if #chosen == 0 then return "None of the suite yet." end
  return #chosen > MANY and by_name(chosen) or by_title(chosen)
end

-- Of a defect the oracle that is expected first says to which area it belongs.
local function belongs(defect, oracles)
  return (" " .. oracles .. " "):find(" " .. defect.oracle:match("^%S+") .. " ", 1, true) ~= nil
end

-- The scenarios of scenarios/regress whose bug is a defect of this area.
local function regression_list(oracles, facts)
  local words = { "Bugs", "that", "were", "real,", "as", "scenarios", "([their", "stories](../regressions.md)):" }
  local before = #words
  for _, entry in ipairs(facts.scenarios) do
    local defect = entry.file:match("^regress/") and facts.defect[entry.defect]
    if defect and belongs(defect, oracles) then
      words[#words + 1] = string.format("[%s](%s),", entry.file:match("/(.*)"), link(entry))
    end
  end
  return #words > before and paragraph(words):gsub(",$", ".") .. "\n\n" or ""
end

local function defect_list(oracles, facts)
  local caught, not_caught = {}, {}
  for _, defect in ipairs(facts.defects) do
    local judged = facts.caught[defect.name] or facts.missed[defect.name]
    if judged and belongs(defect, oracles) then
      local list = facts.caught[defect.name] and not facts.missed[defect.name] and caught or not_caught
      list[#list + 1] = "`" .. defect.name .. "`"
    end
  end
  local result = {}
  if #caught == 0 then result[1] = "Deliberate defects of this area: none in [the matrix](../../reports/mutants.md) yet." end
  if #caught > 0 then
    local words = { "Deliberate", "defects", "that", "the", "suite", "catches", "([what", "is",
      "wrong](../../reports/mutants.md)):" }
    for i, name in ipairs(caught) do words[#words + 1] = name .. (i < #caught and "," or ".") end
    result[1] = paragraph(words)
  end
  if #not_caught > 0 then
    result[#result + 1] = paragraph { "Not caught in every version yet:", table.concat(not_caught, ", ") .. "." }
  end
  return table.concat(result, "\n\n")
end

local MARK = "(<!%-%- made by %./dev reports: ([^|\n]-) | ([^>\n]-) %-%->\n)(.-)(<!%-%- end %-%->)"

function rules.make(_, text, facts)
  return (text:gsub(MARK, function(head, selection, oracles, _, foot)
    return head .. "\n" .. scenario_list(selection, facts) .. "\n\n" .. regression_list(oracles, facts) .. defect_list(oracles, facts) .. "\n\n" .. foot
  end))
end

-- GitHub's names of headings.
local function anchors(text)
  local names = {}
  for heading in ("\n" .. text):gmatch("\n#+ ([^\n]*)") do
    names[heading:lower():gsub("[^%w _-]", ""):gsub(" ", "-")] = true
  end
  return names
end

local function resolve(path, link)
  local parts = {}
  for part in (path:match("^(.*)/") .. "/" .. link):gmatch("[^/]+") do
    if part == ".." then table.remove(parts) elseif part ~= "." then parts[#parts + 1] = part end
  end
  return table.concat(parts, "/")
end

local function check_links(path, text, facts, complain)
  for link in text:gmatch("%]%(([^)%s]+)%)") do
    if not link:match("^https?://") then
      local file, anchor = link:match("^([^#]*)#?(.*)$")
      local target = file == "" and path or resolve(path, file)
      if not facts.exists(target) then
        complain("there is no " .. target)
      elseif anchor ~= "" and not anchors(facts.text(target))[anchor] then
        complain(target .. " has no section " .. anchor)
      end
    end
  end
end

-- Names in code: defects begin with b- or c-; statements are v3: or v5:, and short ones follow in lists.
local function check_names(text, facts, complain)
  local oracles = {}
  for name in text:gmatch("oracles%.md#([%w_]+)%-?") do
    if facts.judges[name] then oracles[#oracles + 1] = name end
  end
  for name in text:gmatch("`([bc]%-[%w-]+)`") do
    if not facts.defect[name] then complain("there is no defect " .. name) end
  end
  for statement in text:gmatch("v[35]:MQTT%-[%d.]+%-%d+") do
    local judged = false
    for _, name in ipairs(oracles) do judged = judged or facts.judges[name][statement] end
    if not judged then complain(statement .. " is not judged by any oracle that the page links") end
  end
  for name in text:gmatch("oracle `([%w_]+)`") do
    if not facts.judges[name] then complain("there is no oracle " .. name) end
  end
end

function rules.check(path, text, facts, complain)
  check_links(path, text, facts, complain)
  check_names(text, facts, complain)
  if path:match("README%.md$") then return end
  local _, selection, oracles = text:match(MARK)
  if not selection then return complain("no list of scenarios and defects") end
  for name in oracles:gmatch("%S+") do
    if not facts.judges[name] then complain("there is no oracle " .. name) end
    if facts.judges[name] and not text:find("oracles.md#" .. name .. "-", 1, true) then
      complain("does not link the oracle " .. name)
    end
  end
  for word in selection:gmatch("%S+") do
    local found = word:find(":", 1, true) ~= nil
    for _, entry in ipairs(facts.scenarios) do found = found or rules.selected(word, entry) end
    if not found then complain("no scenario is like " .. word) end
  end
  if not text:find("](../diagrams/", 1, true) and not text:find("](../../reports/lessons/", 1, true) then
    complain("has no picture")
  end
  local _, total = text:gsub(MARK, ""):gsub("\n", "")
  if total < 35 or total > 80 then complain("has " .. total .. " lines of words; expected 35 to 80") end
end

-- Oracles and scenario folders that no page speaks of.
function rules.forgotten(facts, all)
  local complaints, folders = {}, {}
  for name in pairs(facts.judges) do
    if not all:find("oracles.md#" .. name .. "-", 1, true) then
      complaints[#complaints + 1] = "no page speaks of the oracle " .. name
    end
  end
  for _, entry in ipairs(facts.scenarios) do folders[entry.file:match("^[^/]+")] = true end
  for folder in pairs(folders) do
    if not all:find("/scenarios/" .. folder .. "/", 1, true) and not all:find("/scenarios/" .. folder .. ")", 1, true) then
      complaints[#complaints + 1] = "no page speaks of scenarios/" .. folder
    end
  end
  table.sort(complaints)
  return complaints
end

return rules
