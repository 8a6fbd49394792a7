-- Runs every command of README.md and docs/*.md that begins with `build/release/mqttdrill` or `mqttdrill` inside ```sh blocks,
-- and every scenario that stands whole (without "...") in a ```lua block.
-- usage: lua5.4 commands.lua MQTTDRILL PROJECT WORK
local tool, project, work = arg[1], arg[2], arg[3]
local count, failures = 0, 0

local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local quote = testing.quote

local function run(path, line, command)
  count = count + 1
  -- What serves until it is stopped is stopped; ports of the docs may be taken on this machine.
  if command:match("mqttdrill serve ") or command:match("mqttdrill proxy ") then
    command = command:gsub("%-%-listen %d+", "--listen 0"):gsub("%-%-control %d+", "--control 0") .. " --duration 1s"
  end
  command = command:gsub("^build/release/mqttdrill", quote(tool)):gsub("^mqttdrill", quote(tool))
  local ok, _, status = os.execute("cd " .. quote(work) .. " && " .. command .. " >out.log 2>&1 </dev/null")
  if ok then return end
  failures = failures + 1
  print(string.format("%s:%d: status %s: %s", path, line, tostring(status), command))
  os.execute("head -n 8 " .. quote(work .. "/out.log"))
end

-- A ```lua block whose first line is "-- scenarios/..." is that file, to the letter. One that is a scenario passes.
local function check_listings(path, text)
  for before, block in text:gmatch("()```lua\n(.-)```") do
    if block:match("^return scenario") and not block:find("...", 1, true) then
      local _, line = text:sub(1, before):gsub("\n", "")
      local copy = io.open(work .. "/listing.lua", "wb")
      copy:write(block)
      copy:close()
      run(path, line + 1, "mqttdrill run listing.lua")
    end
    local file = block:match("^%-%- (scenarios/%S+%.lua)\n")
    if file then
      count = count + 1
      local handle = io.open(project .. "/" .. file, "rb")
      if not handle or handle:read("a") ~= block then
        failures = failures + 1
        print(path .. ": the listing of " .. file .. " is not the file")
      end
      if handle then handle:close() end
    end
  end
end

-- The guide's first listing is the suite that the guide's commands are about.
local function write_guide_suite()
  local guide = io.open(project .. "/docs/scenario-guide.md", "rb"):read("a")
  os.execute("mkdir -p " .. quote(work .. "/suite"))
  local file = io.open(work .. "/suite/first.lua", "wb")
  file:write(guide:match("```lua\n(.-)```"))
  file:close()
end
write_guide_suite()

local list = io.popen("cd " .. quote(project) .. " && ls README.md docs/*.md docs/decisions/*.md docs/areas/*.md")
for path in list:lines() do
  local number, inside = 0, false
  local handle = io.open(project .. "/" .. path, "rb")
  check_listings(path, handle:read("a"))
  handle:close()
  for line in io.lines(project .. "/" .. path) do
    number = number + 1
    if line:match("^```") then inside = line == "```sh" end
    local command = line:gsub("%s+#.*$", "")
    if inside and (command:match("^build/release/mqttdrill ") or command:match("^mqttdrill ")) then
      if not command:match("mqtt://") then run(path, number, command) end
    end
  end
end
print(count .. " commands, " .. failures .. " failures")
os.exit(failures == 0 and count >= 10)
