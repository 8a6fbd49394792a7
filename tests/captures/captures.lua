-- Exports captures and compares what tshark makes of them with what the trace says the simulator did.
-- usage: lua captures.lua MQTTDRILL SUITE WORKDIR ZERO_WINDOW [CASE]
--
-- Wireshark's marks are guesses from one place of the path. Each has a definition ("seq below the
-- highest seen", "same acknowledgement again" ...), and the trace has the numbers: so for each frame of
-- each interface the marks that must be there are computed from trace events and compared.
local tool, suite, work, zero_window, only = arg[1], arg[2], arg[3], arg[4], arg[5]

local cases = {
  { "qos/qos2_handshake" },
  { "qos/mixed_over_a_bad_link" },
  { "qos/qos1_burst", "delay=50ms,loss=8%" },
  { "qos/qos2_burst", "delay=80ms,jitter=40ms,loss=5%,reorder=10%" },
  { "lessons/dying_link" },
  { "lessons/qos2_lost_pubrec", "delay=100ms,loss=15%" },
  { "links/mask" },
  { "links/reorder" },
  { "links/duplicate" },
  { "links/corrupt" },
  { "links/loss_gilbert" },
  { "links/queue" },
  { "links/outage" },
  { "zero_window", maker = zero_window },
}
-- What must have been there to be compared at all.
local must_see = { "sent again", "hole", "duplicate ACK", "zero window", "probe" }

local testing = dofile(arg[0]:match("^(.*)/") .. "/../testing.lua")
local frames_compared, marks_seen = 0, {}
local function fail(case, format, ...) testing.fail("%s: %s", case, format:format(...)) end

local function run(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return pipe:close() == true, text
end

-- --- the trace: one flat JSON object in another, as canonical text ---

local function text_of(line, key) return line:match('"' .. key .. '":"([^"]*)"') end
local function number_of(line, key) return math.tointeger(line:match('"' .. key .. '":(%d+)')) end

local function read_trace(path)
  local events = {}
  for line in io.lines(path) do
    local name = line:match('"name":"([^"]*)","data"')
    if name then
      events[#events + 1] = {
        name = name, time = number_of(line, "time"), node = text_of(line, "node"), conn = number_of(line, "conn"),
        direction = text_of(line, "direction"), flags = text_of(line, "flags"), offset = number_of(line, "offset"),
        bytes = number_of(line, "bytes"), sequence = number_of(line, "sequence"),
        acknowledged = number_of(line, "acknowledged"), window = number_of(line, "window"),
        header_bytes = number_of(line, "header_bytes"), reason = text_of(line, "reason"), how = text_of(line, "how"),
        hex = text_of(line, "bytes"), whole = line:find('"whole":true', 1, true) ~= nil,
      }
    end
  end
  return events
end

-- --- what must be seen at one end of one connection, by sending direction ---

local function new_view() return { ["c>b"] = { sent = false }, ["b>c"] = { sent = false } } end

-- The marks that follow from what this place has seen before. Changes `view`.
local function marks_of(view, event)
  local forward = view[event.direction]
  local numbers = event.bytes + ((event.flags:find("SYN") or event.flags:find("FIN")) and 1 or 0)
  local plain = event.flags == "ACK" or event.flags == "PSH,ACK"
  local reset = event.flags:find("RST") ~= nil
  local reverse = view[event.direction == "c>b" and "b>c" or "c>b"]
  local marks = {}
  if forward.next then
    marks.probe = plain and event.bytes <= 1 and event.sequence == forward.next - 1
    marks.again = numbers > 0 and event.sequence < forward.next
    marks.hole = event.sequence > forward.next and not reset
    marks.duplicate_ack = plain and event.bytes == 0 and event.window > 0 and event.window == forward.window
      and event.sequence == forward.next and event.acknowledged == forward.acknowledged and not reverse.probed
  end
  marks.zero_window = plain and event.window == 0
  local last = event.sequence + numbers
  if not forward.next or last > forward.next then forward.next = last end
  if event.flags:find("ACK") then forward.acknowledged = event.acknowledged end
  forward.window = event.window
  forward.probed = marks.probe
  return marks
end

local fields = { "frame.interface_name", "tcp.srcport", "tcp.dstport", "tcp.len", "tcp.hdr_len", "tcp.seq", "tcp.ack",
  "tcp.window_size",
  "tcp.checksum.status", "ip.checksum.status", "_ws.malformed", "mqtt.msgtype", "tcp.analysis.retransmission",
  "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission", "tcp.analysis.out_of_order",
  "tcp.analysis.lost_segment", "tcp.analysis.duplicate_ack", "tcp.analysis.zero_window", "tcp.analysis.keep_alive",
  "tcp.analysis.zero_window_probe", "frame.comment" }

local function dissect(case, path)
  local command = { "tshark -n -r", path, "-o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE",
    "-o tcp.reassemble_out_of_order:TRUE -T fields -E separator=/t -E occurrence=a -E aggregator=," }
  for _, field in ipairs(fields) do command[#command + 1] = "-e " .. field end
  command[#command + 1] = "2>/dev/null"
  local good, text = run(table.concat(command, " "))
  if not good then fail(case, "tshark cannot read %s", path) end
  local rows = {}
  for line in text:gmatch("([^\n]*)\n") do
    rows[#rows + 1] = testing.row(line, fields)
  end
  return rows
end

local function append_types(list, text)
  for type in text:gmatch("%d+") do list[#list + 1] = type end
end

local function list_at(lists, key)
  lists[key] = lists[key] or {}
  return lists[key]
end

local function compare_frame(case, at, event, row, marks)
  local function same(what, expected, got)
    if (expected or false) ~= got then
      fail(case, "frame %d (%s %s seq %d): %s: trace says %s, tshark says %s", at, event.node, event.flags,
        event.sequence, what, tostring(expected or false), tostring(got))
    elseif got then
      marks_seen[what] = (marks_seen[what] or 0) + 1
    end
  end
  local function has(field) return row["tcp.analysis." .. field] ~= "" end
  frames_compared = frames_compared + 1
  if tonumber(row["tcp.len"]) ~= event.bytes then fail(case, "frame %d: length", at) end
  if tonumber(row["tcp.hdr_len"]) + 20 ~= event.header_bytes then
    fail(case, "frame %d: headers of %d bytes, %d in the trace", at, row["tcp.hdr_len"] + 20, event.header_bytes)
  end
  if tonumber(row["tcp.seq"]) ~= event.sequence then fail(case, "frame %d: sequence number", at) end
  if event.flags:find("ACK") and tonumber(row["tcp.ack"]) ~= event.acknowledged then
    fail(case, "frame %d: acknowledgement", at)
  end
  -- Scaling loses the last bits.
  local window = tonumber(row["tcp.window_size"])
  if window > event.window or window < event.window - event.window // 32768 then
    fail(case, "frame %d: window %d, %d in the trace", at, window, event.window)
  end
  if row["tcp.checksum.status"] ~= "1" or row["ip.checksum.status"] ~= "1" then fail(case, "frame %d: checksum", at) end
  if row["_ws.malformed"] ~= "" then fail(case, "frame %d: malformed", at) end
  same("sent again", marks.again and not marks.probe, has "retransmission" or has "out_of_order")
  same("probe", marks.probe, has "keep_alive")
  same("hole", marks.hole, has "lost_segment")
  same("duplicate ACK", marks.duplicate_ack, has "duplicate_ack")
  same("zero window", marks.zero_window, has "zero_window")
end

local function check_ip(case, events, rows)
  local clients, views, types, at, again = {}, {}, {}, 0, {}
  local retransmits, seen_again = 0, 0
  for _, event in ipairs(events) do
    if event.conn and event.node ~= "broker" and event.node ~= "" and not clients[event.conn] then
      clients[event.conn] = event.node
    end
  end
  for _, event in ipairs(events) do
    if event.name == "tcp.retransmit" then
      retransmits = retransmits + 1
      again[event.conn .. event.direction] = event
    elseif event.name == "tcp.sent" or event.name == "tcp.received" then
      at = at + 1
      local row = rows[at]
      if not row then fail(case, "frame %d is missing", at) break end
      local client = clients[event.conn]
      local interface = event.node == "broker" and "broker-" .. client or client
      if row["frame.interface_name"] ~= interface then
        fail(case, "frame %d: interface %s, expected %s", at, row["frame.interface_name"], interface)
      end
      local key = event.node .. "/" .. event.conn
      views[key] = views[key] or new_view()
      local marks = marks_of(views[key], event)
      compare_frame(case, at, event, row, marks)
      append_types(list_at(types, key .. event.direction), row["mqtt.msgtype"])
      if event.name == "tcp.sent" then
        local known = again[event.conn .. event.direction]
        again[event.conn .. event.direction] = nil
        if marks.again then seen_again = seen_again + 1 end
        if (known ~= nil) ~= (marks.again or false) then
          fail(case, "frame %d: tcp.retransmit and sequence number disagree", at)
        end
        -- A timeout's repetition is no fast one in tshark's eyes.
        if known and known.reason == "rto" and row["tcp.analysis.fast_retransmission"] ~= "" then
          fail(case, "frame %d: tshark calls a timeout's retransmission fast", at)
        end
      end
    end
  end
  if rows[at + 1] then fail(case, "%d frames too many", #rows - at) end
  if retransmits ~= seen_again then fail(case, "%d retransmitted, %d seen", retransmits, seen_again) end
  return types, clients
end

-- The MQTT packets of each end and direction, as their types.
local function check_mqtt(case, events, types)
  local cut, wanted = {}, {}
  for _, event in ipairs(events) do
    if event.name == "conn.closed" and event.how ~= "fin" then cut[event.conn] = true end
    if event.name == "fault.struck" and event.conn then cut[event.conn] = true end
    if event.name == "mqtt.sent" or event.name == "mqtt.received" then
      local sent = event.name == "mqtt.sent"
      local from_client = (event.node ~= "broker") == sent
      local list = list_at(wanted, event.node .. "/" .. event.conn .. (from_client and "c>b" or "b>c"))
      list[#list + 1] = tostring(tonumber(event.hex:sub(1, 1), 16))
      list.conn = event.conn
    end
  end
  for key, list in pairs(wanted) do
    local got = types[key] or {}
    if not cut[list.conn] and #got ~= #list then fail(case, "%s: %d packets, %d in the trace", key, #got, #list) end
    for i = 1, math.min(#got, #list) do
      if got[i] ~= list[i] then fail(case, "%s: packet %d is of type %s, not %s", key, i, got[i], list[i]) break end
    end
  end
end

local function check_pdu(case, events, rows)
  local at = 0
  for _, event in ipairs(events) do
    if event.name == "mqtt.sent" or event.name == "mqtt.received" then
      at = at + 1
      local row = rows[at]
      if not row then fail(case, "pdu: frame %d is missing", at) break end
      local type = tostring(tonumber(event.hex:sub(1, 1), 16))
      if row["_ws.malformed"] ~= "" then fail(case, "pdu: frame %d: malformed", at) end
      if event.whole and row["mqtt.msgtype"] ~= type then
        fail(case, "pdu: frame %d: type %s, expected %s", at, row["mqtt.msgtype"], type)
      end
    end
  end
  if at ~= #rows then fail(case, "pdu: %d frames, %d packets in the trace", #rows, at) end
end

local function check_comments(case, events, rows)
  local lost, said = 0, 0
  for _, event in ipairs(events) do
    if event.name == "link.lost" then lost = lost + 1 end
  end
  for _, row in ipairs(rows) do
    local _, count = row["frame.comment"]:gsub("lost on the link", "")
    said = said + count
  end
  if lost ~= said then fail(case, "%d segments lost, %d comments say so", lost, said) end
end

local function check_case(case)
  local id, link = case[1], case[2]
  local folder = work .. "/" .. id:gsub("/", "_")
  os.execute("rm -rf " .. folder .. " && mkdir -p " .. folder)
  local trace
  if case.maker then
    trace = folder .. "/made.jsonl"
    run(case.maker .. " " .. trace)
  else
    run(("%s run %s/%s.lua --level segment --trace %s %s 2>&1"):format(tool, suite, id, folder,
      link and "--link " .. link or ""))
    local _, found = run("find " .. folder .. " -name '*.jsonl.gz'")
    trace = found:match("[^\n]+")
  end
  if not trace then return fail(id, "no trace") end
  local good, why = run(("%s trace export %s -o %s/t.jsonl && %s trace export %s -o %s/ip.pcapng && "
    .. "%s trace export %s --form pdu -o %s/pdu.pcapng 2>&1"):format(tool, trace, folder, tool, trace, folder, tool, trace, folder))
  if not good then return fail(id, "export: %s", why) end
  local events = read_trace(folder .. "/t.jsonl")
  local rows = dissect(id, folder .. "/ip.pcapng")
  local before = frames_compared
  local types = check_ip(id, events, rows)
  check_mqtt(id, events, types)
  check_comments(id, events, rows)
  check_pdu(id, events, dissect(id, folder .. "/pdu.pcapng"))
  print(("%-34s %5d frames"):format(id .. (link and " *" or ""), frames_compared - before))
end

for _, case in ipairs(cases) do
  if not only or case[1]:find(only, 1, true) then check_case(case) end
end
local seen = {}
for what, count in pairs(marks_seen) do seen[#seen + 1] = what .. " " .. count end
table.sort(seen)
for _, what in ipairs(only and {} or must_see) do
  if not marks_seen[what] then fail("all", "no frame with the mark: %s", what) end
end
print(("%d frames, %d differences; marks on both sides: %s"):format(frames_compared, testing.failures, table.concat(seen, ", ")))
os.exit(testing.failures == 0)
