-- Defects of the broker over TCP. Runs `mutants --live` and says: which rows (a defect in a version of MQTT) were not caught; whether
-- the correct broker was accused; and which catches the simulation does not confirm. A scenario that finds a defect in simulation finds
-- it by the order of packets alone, whatever machine it runs on; one that finds it live only may have had luck.
-- usage: lua5.4 live.lua MQTTDRILL MATRIX.csv PERCENT ARGUMENTS...: MATRIX as mutants writes it in simulation; PERCENT of the rows must be
-- caught; the other arguments are those of mutants --live.
local tool, matrix, least = arg[1], arg[2], tonumber(arg[3])
local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local fail, quote = testing.fail, testing.quote

-- Rows by "defect version", from a file of comma-separated values. Quoted fields come after those that are read here, but one.
local function read(path)
  local rows, names = {}, nil
  for line in io.lines(path) do
    local fields = {}
    for field in (line .. ","):gmatch("([^,]*),") do fields[#fields + 1] = field end
    if names then
      local row = {}
      for i, name in ipairs(names) do row[name] = fields[i] end
      rows[#rows + 1] = row
      rows[row.defect .. " " .. row.mqtt] = row
    end
    names = names or fields
  end
  return rows
end

local function words(text)
  local set = {}
  for word in text:gmatch("%S+") do set[word] = true end
  return set
end

local work = os.tmpname()
local command = { quote(tool), "mutants", "--live", "--quiet", "--color", "never", "--report", quote("csv=" .. work) }
for i = 4, #arg do command[#command + 1] = quote(arg[i]) end
local start = os.time()
os.execute(table.concat(command, " "))
local live, simulated = read(work), read(matrix)
os.remove(work)

local caught, count = 0, 0
for _, row in ipairs(live) do
  local key = row.defect .. " " .. row.mqtt
  if row.defect == "" then
    if row.outcome ~= "clean" then fail("the correct broker is accused (%s): %s", row.mqtt, row.scenarios) end
  else
    count = count + 1
    if row.outcome == "caught" then
      caught = caught + 1
      local known, confirmed = words(simulated[key] and simulated[key].scenarios or ""), false
      for scenario in pairs(words(row.scenarios)) do confirmed = confirmed or known[scenario] end
      if not confirmed then fail("%s: %s catches it live, and not in simulation", key, row.scenarios) end
    else
      print(key .. " is not caught")
    end
  end
end
if #live == 0 then fail("there is no matrix") end
if caught * 100 < count * least then fail("not %g %% are caught", least) end
print(string.format("%d of %d rows caught live, in %d s", caught, count, os.time() - start))
os.exit(testing.failures == 0)
