-- What our codec reads in every packet that it writes, compared with what tshark reads in it.
-- usage: lua tshark_fields.lua VECTORS_FIELDS WORKDIR
local writer, work = arg[1], arg[2]

local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local fail, run = testing.fail, testing.run

-- --- ours ---

local function read_packets(path)
  local connects, others = {}, {}
  for line in io.lines(path) do
    local packet = { fields = {} }
    local rest
    packet.name, packet.hex, rest = line:match("^([^\t]*)\t(%x*)(.*)$")
    for name, value in rest:gmatch("\t([^=\t]*)=([^\t]*)") do packet.fields[name] = value end
    local list = packet.fields["mqtt.msgtype"] == "1" and connects or others
    list[#list + 1] = packet
  end
  -- From a CONNECT the dissector learns the version.
  return table.move(others, 1, #others, #connects + 1, connects)
end

local function names_of(packets)
  local names, known = {}, {}
  for _, packet in ipairs(packets) do
    for name in pairs(packet.fields) do
      if not known[name] then known[name] = true names[#names + 1] = name end
    end
  end
  table.sort(names)
  return names
end

-- --- tshark's ---

local function write_capture(packets, base)
  local out = assert(io.open(base .. ".txt", "w"))
  for _, packet in ipairs(packets) do out:write("000000 ", packet.hex:gsub("%x%x", "%0 "), "\n\n") end
  out:close()
  run("text2pcap -q -T 40000,1883 %s.txt %s.pcap 2>/dev/null", base, base)
end

-- Marks that are no fault of the packet: a Topic Alias used before it was set (each packet here is by itself), and
-- text that ends at a NUL where a property is binary.
local excused = { ["Unknown topic alias"] = true, ["Trailing stray characters"] = true }

local function marked(row)
  if row["_ws.malformed"] ~= "" then return "malformed" end
  for message in row["_ws.expert.message"]:gmatch("[^|]+") do
    if not excused[message] then return message end
  end
end

local function dissect(names, base)
  local command = { "tshark -n -r " .. base .. ".pcap -T fields -E separator=/t -E occurrence=a -E 'aggregator=|'" }
  for _, name in ipairs(names) do command[#command + 1] = "-e " .. name end
  local rows = {}
  for line in assert(io.popen(table.concat(command, " ") .. " 2>/dev/null")):lines() do
    rows[#rows + 1] = testing.row(line, names)
  end
  return rows
end

-- A value as both write it: decimal numbers, bytes without colons.
local function plain(name, value)
  if name == "mqtt.msg" or name == "mqtt.willmsg" then return (value:gsub(":", "")) end
  local number = value:match("^0x%x+$") and tonumber(value)
  return number and tostring(number) or value
end

local function same(name, ours, theirs)
  local values = {}
  for value in (theirs .. "|"):gmatch("([^|]*)|") do values[#values + 1] = plain(name, value) end
  local at = 0
  for value in (ours .. ","):gmatch("([^,]*),") do
    at = at + 1
    if value ~= "?" and value ~= values[at] then return false end
  end
  return at == #values
end

local compared = 0
local function compare(packet, names, row)
  local mark = marked(row)
  if mark then fail("%s: %s (%s)", packet.name, mark, packet.hex) end
  for _, name in ipairs(names) do
    local ours = packet.fields[name] or ""
    if name:match("^mqtt") and not same(name, ours, row[name]) then
      fail("%s: %s is %q, for tshark %q (%s)", packet.name, name, ours, row[name], packet.hex)
    elseif ours ~= "" then
      compared = compared + 1
    end
  end
end

for version = 3, 5 do
  local base = work .. "/fields_" .. version
  run("%s %d >%s.tsv", writer, version, base)
  local packets = read_packets(base .. ".tsv")
  local names = names_of(packets)
  write_capture(packets, base)
  local asked = table.move({ "_ws.malformed", "_ws.expert.message" }, 1, 2, #names + 1, { table.unpack(names) })
  local rows = dissect(asked, base)
  if #rows ~= #packets then fail("version %d: %d packets, for tshark %d", version, #packets, #rows) end
  for i, packet in ipairs(packets) do
    if rows[i] then compare(packet, names, rows[i]) end
  end
  print(("version %d: %d packets, %d kinds of fields"):format(version, #packets, #names))
end
print(("%d values compared, %d differences"):format(compared, testing.failures))
os.exit(testing.failures == 0)
