-- Every packet of every run of the suite, exported and dissected by tshark: it must see the packets that
-- the trace has, and mark none of them, but for those that a raw connection sends.
-- usage: lua suite.lua MQTTDRILL SUITE WORKDIR [MARKED]
--
-- MARKED: a scenario that sends what must be marked, so that a tshark that marks nothing is noticed.
local tool, suite, work, marked = arg[1], arg[2], arg[3], arg[4]

local WARNING = 0x600000 -- severity of tshark's expert information, from which on it is a mark

local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local fail, run = testing.fail, testing.run

local function lines_of(format, ...) return assert(io.popen(format:format(...))):lines() end

-- --- the captures: one file of many sections, in the order of the traces ---

-- No interface names: where a file has many sections, tshark shows those of the first (captures.lua compares them).
local fields = { "mqtt.len", "mqtt.msgtype", "mqtt.msgid", "_ws.malformed",
  "_ws.expert.severity", "_ws.expert.message", "mqtt.unknown_version", "mqtt.illegal_topic_length", "mqtt.prop_unknown" }

local function make_captures()
  run("rm -rf %s && mkdir -p %s", work, work)
  run("%s run %s %s --quiet --jobs auto --trace %s/traces >%s/run.txt 2>&1", tool, suite, marked or "", work, work)
  local exports = assert(io.open(work .. "/exports.txt", "w"))
  local captures = assert(io.open(work .. "/captures.txt", "w"))
  local traces = {}
  for path in lines_of("find %s/traces -name '*.jsonl.gz' | sort", work) do
    traces[#traces + 1] = path
    exports:write(path, " -o ", path, ".pcapng\n")
    captures:write(path, ".pcapng\n")
  end
  exports:close()
  captures:close()
  run("xargs -n 3 -P 2 %s trace export --form pdu <%s/exports.txt", tool, work)
  run("xargs cat <%s/captures.txt >%s/all.pcapng", work, work)
  return traces
end

local function rows_of_capture()
  local command = { "tshark -n -r " .. work .. "/all.pcapng -T fields -E separator=/t -E occurrence=a -E aggregator=," }
  for _, field in ipairs(fields) do command[#command + 1] = "-e " .. field end
  local lines = lines_of("%s 2>%s/tshark.txt", table.concat(command, " "), work)
  return function()
    local line = lines()
    return line and testing.row(line, fields)
  end
end

-- --- what the trace says of a packet, from its first bytes ---

local function remaining_length(hex)
  local length, factor, at = 0, 1, 3
  repeat
    local byte = tonumber(hex:sub(at, at + 1), 16)
    length, factor, at = length + byte % 128 * factor, factor * 128, at + 2
  until byte < 128
  return length, at
end

local PUBLISH, has_identifier = 3, { [4] = true, [5] = true, [6] = true, [7] = true, [8] = true, [9] = true, [10] = true, [11] = true }

local function header_of(hex)
  local first = tonumber(hex:sub(1, 2), 16)
  local type = first >> 4
  local length, at = remaining_length(hex)
  if type == PUBLISH and first & 0x06 ~= 0 then
    at = at + 4 + 2 * tonumber(hex:sub(at, at + 3), 16)
  elseif not has_identifier[type] then
    at = nil
  end
  return tostring(type), tostring(length), at and tostring(tonumber(hex:sub(at, at + 3), 16)) or ""
end

-- --- the comparison ---

-- tshark shows binary properties as text, and text ends at a NUL.
local function is_about_text(message) return message:gsub("Trailing stray characters,?", "") == "" end

local function mark_of(row)
  if row["_ws.malformed"] ~= "" then return "malformed" end
  if row["mqtt.unknown_version"] ~= "" then return "unknown version" end
  if row["mqtt.illegal_topic_length"] ~= "" then return "illegal topic length" end
  if row["mqtt.prop_unknown"] ~= "" then return "unknown property" end
  for severity in row["_ws.expert.severity"]:gmatch("%d+") do
    if tonumber(severity) >= WARNING and not is_about_text(row["_ws.expert.message"]) then
      return row["_ws.expert.message"]
    end
  end
end

local counts = { packets = 0, raw = 0, raw_marked = 0, parts = 0 }

local function compare(trace, event, row)
  counts.packets = counts.packets + 1
  local mark = mark_of(row)
  if event.raw then
    counts.raw = counts.raw + 1
    if mark then counts.raw_marked = counts.raw_marked + 1 end
  elseif not event.whole then
    counts.parts = counts.parts + 1 -- of a packet that was cut by a fault
  elseif mark then
    fail("%s: event %s: %s", trace, event.number, mark)
  else
    local type, length, identifier = header_of(event.hex)
    if row["mqtt.msgtype"] ~= type or row["mqtt.len"] ~= length or row["mqtt.msgid"] ~= identifier then
      fail("%s: event %s: type %s length %s identifier %s, expected %s %s %s", trace, event.number, row["mqtt.msgtype"],
        row["mqtt.len"], row["mqtt.msgid"], type, length, identifier)
    end
  end
end

local function check_trace(trace, lines, rows)
  local roles, peers = {}, {}
  for line in lines do
    local node, name = line:match('"node":"([^"]*)","name":"([^"]*)"')
    if name == "node.added" then
      roles[node] = line:match('"role":"([^"]*)"')
    elseif name == "conn.open" and roles[node] ~= "broker" then
      peers[line:match('"conn":(%d+)')] = node
    elseif name == "mqtt.sent" or name == "mqtt.received" then
      local at_broker = roles[node] == "broker"
      local peer = at_broker and peers[line:match('"conn":(%d+)')] or node
      local row = rows()
      if not row then return fail("%s: frames are missing", trace) end
      compare(trace, {
        number = line:match('"number":(%d+)'),
        raw = roles[peer] == "raw" and at_broker == (name == "mqtt.received"),
        whole = line:find('"whole":true', 1, true) ~= nil,
        hex = line:match('"bytes":"(%x*)"'),
      }, row)
    elseif name == "run.end" then
      return true
    end
  end
end

local traces = make_captures()
local rows = rows_of_capture()
local lines = lines_of("sed 's/[.]pcapng$//' %s/captures.txt | xargs zcat", work)
for _, trace in ipairs(traces) do check_trace(trace, lines, rows) end
if rows() then fail("more frames than packets in the traces") end
if marked and counts.raw_marked == 0 then fail("tshark marks nothing") end
print(("%d runs, %d packets; %d of raw connections, %d of them marked; %d parts of packets; %d differences"):format(#traces,
  counts.packets, counts.raw, counts.raw_marked, counts.parts, testing.failures))
run("rm -rf %s/traces %s/all.pcapng", work, work)
os.exit(testing.failures == 0)
