-- Shows every complaint about the pages of docs/areas, and none about a good page.
package.path = (arg[0]:match("^(.*)/") or ".") .. "/?.lua;" .. package.path
local rules = require "area_rules"

local LIST = [[
{
  "schema": "mqttdrill.list/1",
  "scenarios": [
    {
      "id": "will/cut",
      "title": "A will",
      "versions": [
        "3.1.1",
        "5.0"
      ],
      "statements": [
        "v3:MQTT-3.1.2-8"
      ],
      "tags": []
    },
    {
      "id": "flow/quota/case_01",
      "title": "A quota",
      "versions": [
        "5.0"
      ],
      "statements": [
        "v5:MQTT-4.9.0-1"
      ],
      "tags": []
    },
    {
      "id": "regress/broker_7",
      "title": "A will comes once",
      "versions": [
        "3.1.1",
        "5.0"
      ],
      "statements": [
        "v3:MQTT-3.1.2-10"
      ],
      "tags": [
        "defect:b-will-twice"
      ]
    }
  ]
}
]]
local DEFECTS = [[
{
  "schema": "mqttdrill.defects/1",
  "defects": [
    {
      "name": "b-will-twice",
      "oracle": "will retained"
    },
    {
      "name": "b-missed",
      "oracle": "will"
    },
    {
      "name": "b-newer-than-the-matrix",
      "oracle": "will"
    }
  ]
}
]]
local ORACLES = "# The oracles\n\n## will: Wills\n\nStatements of 3.1.1 (v3:MQTT-): 3.1.2-8,\n3.1.2-10.\n"
  .. "Statements of 5.0 (v5:MQTT-): 3.1.2-8.\n\n## flow: Receive Maximum\n\nStatements of 5.0 (v5:MQTT-): 4.9.0-1.\n"
local MATRIX = "defect,mqtt\nb-will-twice,3.1.1,broker,caught,will\nb-missed,3.1.1,broker,caught,will\nb-missed,5.0,broker,missed,,\n"

local facts = rules.facts { list = LIST, defects = DEFECTS, oracles = ORACLES, matrix = MATRIX }
local texts = { ["docs/oracles.md"] = ORACLES, ["scenarios/will/cut.lua"] = "", ["reports/mutants.md"] = "",
  ["scenarios/flow/quota.lua"] = "", ["scenarios/regress/broker_7.lua"] = "", ["docs/regressions.md"] = "", ["docs/diagrams/areas/will.svg"] = "" }
facts.exists = function(path) return texts[path] ~= nil end
facts.text = function(path) return texts[path] end

local failures = 0
local function expect(what, right)
  if not right then
    failures = failures + 1
    print("wrong: " .. what)
  end
end

local BLOCK = "<!-- made by ./dev reports: will/* v5:MQTT-4.9.0-* | will -->\n<!-- end -->\n"
local GOOD = "# Wills\n\n![will](../diagrams/areas/will.svg)\n\n[`will`](../oracles.md#will-wills) judges `v3:MQTT-3.1.2-8`, and `b-will-twice`.\n"
  .. string.rep("words\n", 35) .. BLOCK
local PATH = "docs/areas/will.md"

local made = rules.make(PATH, GOOD, facts)
expect("a scenario by its name", made:find("- [A will](../../scenarios/will/cut.lua)\n", 1, true))
expect("a scenario by its statement, and its version", made:find("- [A quota](../../scenarios/flow/quota.lua) (5.0)\n", 1, true))
expect("a caught defect", made:find("`b-will-twice`.\n", 1, true))
expect("a defect that is missed in one version", made:find("Not caught in every version yet: `b-missed`.", 1, true))
expect("a defect that is not in the matrix", not made:find("newer", 1, true))
expect("a regression", made:find("([their stories](../regressions.md)): [broker_7](../../scenarios/regress/broker_7.lua).\n", 1, true))
expect("making twice changes nothing", rules.make(PATH, made, facts) == made)

local function complaints(text)
  local list = {}
  rules.check(PATH, text, facts, function(complaint) list[#list + 1] = complaint end)
  return list
end
local good = complaints(made)
expect("a good page: " .. tostring(good[1]), #good == 0)

local bad = {
  { "a link that leads nowhere", "../diagrams/areas/will.svg", "../diagrams/areas/wall.svg", "there is no docs/diagrams/areas/wall.svg" },
  { "a scenario that is gone", "will/cut.lua", "will/cat.lua", "there is no scenarios/will/cat.lua" },
  { "a section that is not there", "#will-wills", "#will-wiles", "docs/oracles.md has no section will-wiles" },
  { "a defect that is not there", "`b-will-twice`", "`b-will-thrice`", "there is no defect b-will-thrice" },
  { "a statement that nobody judges", "v3:MQTT-3.1.2-8", "v3:MQTT-3.1.2-9", "v3:MQTT-3.1.2-9 is not judged" },
  { "a statement of another oracle", "`v3:MQTT-3.1.2-8`", "`v5:MQTT-4.9.0-1`", "v5:MQTT-4.9.0-1 is not judged" },
  { "an oracle that is not there", "| will -->", "| wills -->", "there is no oracle wills" },
  { "an oracle that is not linked", "| will -->", "| will flow -->", "does not link the oracle flow" },
  { "a selection that selects nothing", "reports: will/*", "reports: wall/*", "no scenario is like wall/*" },
  { "no picture", "../diagrams/areas/will.svg", "../../reports/mutants.md", "has no picture" },
  { "too few words", "words\n", "", "lines of words" },
  { "no list", "made by", "written by", "no list of scenarios and defects" },
}
for _, case in ipairs(bad) do
  local what, from, to, complaint = table.unpack(case)
  local at = made:find(from, 1, true)
  local text = from == "words\n" and made:gsub(from, to) or made:sub(1, at - 1) .. to .. made:sub(at + #from)
  local found = false
  for _, said in ipairs(complaints(text)) do found = found or said:find(complaint, 1, true) ~= nil end
  expect(what, found)
end

expect("nothing forgotten", #rules.forgotten(facts, made .. "oracles.md#flow-x") == 0)
local forgotten = table.concat(rules.forgotten(facts, "oracles.md#will-wills /scenarios/will/cut.lua"), "\n")
expect("a forgotten oracle", forgotten:find("no page speaks of the oracle flow", 1, true))
expect("a forgotten folder", forgotten:find("no page speaks of scenarios/flow", 1, true))
print(failures == 0 and "every complaint is made, and none too many" or failures .. " failures")
os.exit(failures == 0)
