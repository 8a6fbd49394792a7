-- The scenario API with odd arguments: scenarios that call every function of docs/lua.md with options of every name
-- and values of every kind, in no sensible order. Each call may raise an error that says so, or fail the run, which ends it;
-- nothing may crash or hang.
-- usage: lua odd_options.lua MQTTDRILL DOCS_LUA_MD WORKDIR [FIRST_SEED [COUNT]]
local tool, docs, work = arg[1], arg[2], arg[3]
local first, count = tonumber(arg[4] or "1"), tonumber(arg[5] or "40")

-- --- names, from the reference ---

local methods, options, known = {}, {}, {}
for line in io.lines(docs) do
  local object, method = line:match("^### `(%a+):([%a_]+)%(")
  if object then
    methods[#methods + 1] = ("{%q, %q}"):format(object, method)
    known[object] = true
  end
  local option = line:match("^| `{ ([%a_]+) }`")
  if option and not known["{" .. option] then
    known["{" .. option] = true
    options[#options + 1] = ("%q"):format(option)
  end
end
-- And those of settings, as the tool says them.
for _, option in ipairs { "link", "tcp" } do
  local pipe = assert(io.popen(("%s run --%s nonsense=1 2>&1"):format(tool, option)))
  for name in pipe:read("a"):match("there are ([%a_ ]*)"):gmatch("[%a_]+") do options[#options + 1] = ("%q"):format(name) end
  pipe:close()
end
assert(#methods > 50 and #options > 130, "the reference is written otherwise now")

-- --- the scenario ---

local body = [[
local rng
local function pick(list) return list[rng:int(1, #list)] end

local values = {
  function() return nil end, function() return true end, function() return false end, function() return 0 end,
  function() return 1 end, function() return 2 end, function() return -1 end, function() return 255 end,
  function() return 65535 end, function() return 65536 end, function() return 268435455 end,
  function() return 4294967295 end, function() return 4294967296 end, function() return math.maxinteger end,
  function() return math.mininteger end, function() return 0.5 end, function() return 1e308 end,
  function() return 0 / 0 end, function() return "" end, function() return "a/b" end, function() return "#" end,
  function() return "a/#/b" end, function() return "$share/g/a" end, function() return "\0" end,
  function() return "\xff\xfe" end, function() return "\xed\xa0\x80" end, function() return ("x"):rep(70000) end,
  function() return "0" end, function() return "1ms" end, function() return "5s" end, function() return "-1s" end,
  function() return "20m" end, function() return "never" end, function() return "2%" end, function() return "1/0" end,
  function() return "1kbit" end, function() return "64KiB" end, function() return "c>b" end, function() return "b>c" end,
  function() return "both" end, function() return "rst" end, function() return "fin" end, function() return "vanish" end,
  function() return "PUBLISH" end, function() return "PUBACK" end, function() return "CONNECT" end,
  function() return "30 05 00 01 61 68 69" end, function() return "geo" end, function() return print end,
  function() return {} end, function() return { "a", "b/#" } end, function() return { [5] = "a" } end,
  function() return { ["a/b"] = 1 } end, function() return { { "k", "v" } } end,
}
local function value(depth)
  if depth > 0 and rng:int(1, 4) == 1 then
    local made = {}
    for _ = 1, rng:int(0, 4) do made[pick(options)] = value(depth - 1) end
    for _ = 1, rng:int(0, 2) do made[#made + 1] = value(depth - 1) end
    if rng:int(1, 4) == 1 then made.type = pick { "CONNECT", "PUBLISH", "SUBSCRIBE", "PUBREL", "AUTH", "DISCONNECT", 3 } end
    if rng:int(1, 20) == 1 then made.self = made end
    return made
  end
  return pick(values)()
end

local function run_of(number) return function(t)
  rng = t:rng("odd" .. number)
  local objects = { t = { t }, broker = { t:broker() }, client = {}, raw = {}, link = {}, message = {}, fleet = {}, rng = { rng } }
  local function keep(kind, object) if object ~= nil then table.insert(objects[kind], object) end end
  for i = 1, 2 do
    local client = t:client("c" .. i, { keepalive = 0 })
    client:connect()
    client:subscribe("#", { qos = 2 })
    keep("client", client)
    keep("link", client:link())
    keep("message", client:publish("a/b", "x", { qos = 1 }))
  end
  keep("raw", (t:raw("r", {})))
  local good, bad = 0, 0
  for _ = 1, 300 do
    local method = pick(methods)
    if method[2] == "fail" or method[2] == "check" then method = pick(methods) end -- seldom: they end the run
    local object = #objects[method[1] ] > 0 and pick(objects[method[1] ])
    local made = { value(3), value(2), value(2) }
    if object and object[method[2] ] == nil then error("there is no " .. method[1] .. ":" .. method[2], 0) end
    local fine, result = pcall(function()
      if method[2] == "sleep" or method[2] == "parallel" then return nil end
      return object and object[method[2] ](object, table.unpack(made, 1, rng:int(0, 3)))
    end)
    if fine then good = good + 1 else bad = bad + 1 end
    if not fine and tostring(result) == "" then error("an error without a text", 0) end
    if fine and method[2] == "publish" then keep("message", result) end
    if fine and method[2] == "raw" then keep("raw", result) end
    if fine and method[2] == "fleet" then keep("fleet", result) end
    if fine and method[2] == "client" and #objects.client < 8 then keep("client", result) end
    if rng:int(1, 10) == 1 then t:sleep("100ms") end
  end
  t:fail("ODD END: " .. good .. " calls taken, " .. bad .. " refused")
end end

-- What is declared is odd too.
local declared = {}
local function declare(seed)
  local state = seed
  rng = { int = function(_, low, high)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return low + (state >> 33) % (high - low + 1)
  end }
  for i = 1, 40 do
    local definition = { id = "d" .. i, title = "odd", run = run_of(i) }
    for _ = 1, rng:int(1, 3) do definition[pick(fields)] = value(2) end
    definition.id = "d" .. i
    definition.limit, definition.requires, definition.versions, definition.worlds = "1000h", nil, nil, nil
    local fine, made = pcall(scenario, definition)
    if fine and #declared < 3 and rng:int(1, 2) == 1 then declared[#declared + 1] = made end
  end
end
declare(SEED)
for i = 1, 25 do
  declared[#declared + 1] = scenario { id = "calls" .. i, title = "odd calls", run = run_of(1000 + i), limit = "1000h" }
end
return declared
]]

local fields = { "broker", "link", "tcp", "clauses", "tags", "title", "id", "run", "transport", "topics", "slow", "nonsense" }
for i, field in ipairs(fields) do fields[i] = ("%q"):format(field) end

local function write_scenario(seed)
  local path = ("%s/odd_%d.lua"):format(work, seed)
  local out = assert(io.open(path, "w"))
  out:write("local methods = {", table.concat(methods, ","), "}\nlocal options = {", table.concat(options, ","),
    "}\nlocal fields = {", table.concat(fields, ","), "}\nlocal SEED = ", seed, "\n", body)
  out:close()
  return path
end

-- --- running ---

local failures, runs, ends = 0, 0, 0
local function check(seed)
  local path = write_scenario(seed)
  local log = path .. ".txt"
  local _, how, status = os.execute(("timeout 120 %s run %s --seed %d --quiet >%s 2>&1"):format(tool, path, seed, log))
  local file = assert(io.open(log))
  local text = file:read("a")
  file:close()
  -- 2: a broken scenario. 3: memory or instructions used up. 4: something could not be judged.
  local ended = how == "exit" and status <= 4 and not text:find("broken invariant") and not text:find("Sanitizer")
    and not text:find("runtime error:") and not text:find("an error without a text", 1, true)
    and not text:find("there is no ", 1, true) and not text:find("ended by signal", 1, true)
    and text:find("%d+ failed, %d+ skipped")
  if not ended then
    failures = failures + 1
    print(("FAIL seed %d: %s %d\n%s"):format(seed, how, status, text:sub(-1500)))
  end
  for passed, failed in text:gmatch("(%d+) passed, (%d+) failed") do runs = runs + passed + failed end
  local _, whole = text:gsub("ODD END", "")
  ends = ends + whole
  return status
end

os.execute("mkdir -p " .. work)
local statuses = {}
for seed = first, first + count - 1 do
  local status = check(seed)
  statuses[status] = (statuses[status] or 0) + 1
end
local said = {}
for status, times in pairs(statuses) do said[#said + 1] = ("status %d: %d times"):format(status, times) end
table.sort(said)
print(("%d files; %s; %d runs, %d of them to the end; %d failures"):format(count, table.concat(said, ", "), runs, ends,
  failures))
os.exit(failures == 0 and 0 or 1)
