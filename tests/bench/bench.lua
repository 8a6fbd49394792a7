-- Runs the benchmark programs in turn and prints tables. usage: lua5.4 bench.lua FOLDER [queue|rearm|clients|check]
-- FOLDER holds the programs. Every measurement is a process of its own; engines take turns, so that a machine that
-- becomes slower in the meantime is unfair to none; a figure is the median of the runs. Exits with 1 when an order of
-- events is wrong or a request was not answered; a missed goal is only printed.
local folder, part = arg[1], arg[2] or "all"
assert(folder, "usage: lua5.4 bench.lua FOLDER [queue|rearm|clients|check]")
io.stdout:setvbuf("line")
local wrong = false

local function exists(name)
  local file = io.open(folder .. "/" .. name, "rb")
  if file then file:close() end
  return file ~= nil
end
local with_ns3 = exists("ns3_queue") and exists("ns3_clients")

-- The one line "key=value key=value" that a program prints, as a table.
local function run(command)
  local pipe = assert(io.popen("cd '" .. folder .. "' && ./" .. command, "r"))
  local text = pipe:read("a")
  if not pipe:close() then
    wrong = true
    io.stderr:write("bench: failed: ", command, "\n")
  end
  local values = {}
  for key, value in text:gmatch("([%w_]+)=(%S+)") do values[key] = tonumber(value, 10) or tonumber(value) or value end
  values.checksum = text:match("checksum=(%x+)")
  return values
end

local function median(list)
  table.sort(list)
  return #list % 2 == 1 and list[#list // 2 + 1] or (list[#list // 2] + list[#list // 2 + 1]) / 2
end

-- commands[name] in the order of `names`, each `times` (or times[name]) times, in turn. Per name: the median of every
-- number, and whatever else was printed first.
local function measure(names, commands, times)
  local runs, result = {}, {}
  for _, name in ipairs(names) do runs[name] = {} end
  for round = 1, times do
    for _, name in ipairs(names) do runs[name][round] = run(commands[name]) end
  end
  for _, name in ipairs(names) do
    result[name] = {}
    for key, value in pairs(runs[name][1]) do
      local list = {}
      for _, one in ipairs(runs[name]) do list[#list + 1] = one[key] end
      result[name][key] = (type(value) == "number" and #list == times) and median(list) or value
    end
    for _, one in ipairs(runs[name]) do
      if one.checksum ~= runs[name][1].checksum then result[name].checksum = "differs" end
    end
  end
  return result
end

local function met(good) return good and "met" or "MISSED" end

local function checksum_word(values, expected)
  if values.checksum == expected then return values.checksum .. " as known" end
  wrong = true
  return tostring(values.checksum) .. " WRONG ORDER"
end

local EVENTS = 2000000
local HOLD = { -- pending, checksum of the times of the first events, goal
  { 1000, "67347030ab60c2f0", 12 },
  { 10000, "97505cb8bd7120d8", 10 },
  { 100000, "4f397f54cdc18522", 4 },
  { 1000000, "5ad091c78d029ad9", 2.3 },
}
local HOLD_ENGINES = { "mqttdrill", "C, binary heap", "C, 4-ary heap", "C, 4-ary, fused" }
local HOLD_COMMANDS = {
  ["mqttdrill"] = "bench_queue hold",
  ["C, binary heap"] = "bench_plain heap2",
  ["C, 4-ary heap"] = "bench_plain heap4",
  ["C, 4-ary, fused"] = "bench_plain heap4_fused",
  ["ns-3, PriorityQueue"] = "ns3_queue hold PriorityQueueScheduler",
  ["ns-3, Map"] = "ns3_queue hold MapScheduler",
}
local REARM_CHECKSUM = "5397a8fea1f929f1" -- 10^4 connections, EVENTS packets
local REARM_ENGINES = { "mqttdrill, moved", "mqttdrill, cancelled and added", "C, 4-ary, moving deadline" }
local REARM_COMMANDS = {
  ["mqttdrill, moved"] = "bench_queue rearm",
  ["mqttdrill, cancelled and added"] = "bench_queue rearm_add",
  ["C, 4-ary, moving deadline"] = "bench_plain rearm",
  ["ns-3, PriorityQueue, Cancel"] = "ns3_queue cancel PriorityQueueScheduler",
  ["ns-3, Map, Remove"] = "ns3_queue remove MapScheduler",
}
if with_ns3 then
  table.move({ "ns-3, PriorityQueue", "ns-3, Map" }, 1, 2, #HOLD_ENGINES + 1, HOLD_ENGINES)
  table.move({ "ns-3, PriorityQueue, Cancel", "ns-3, Map, Remove" }, 1, 2, #REARM_ENGINES + 1, REARM_ENGINES)
end

local function with_arguments(commands, text)
  local copy = {}
  for name, command in pairs(commands) do copy[name] = command .. " " .. text end
  return copy
end

local function queue(times)
  print("Event queue, hold model: N events pending, each schedules itself again after an exponential delay.")
  print("Million events per CPU second; peak memory of the process; checksum of the order.")
  for _, row in ipairs(HOLD) do
    local arguments = string.format("%d %d", row[1], EVENTS)
    local result = measure(HOLD_ENGINES, with_arguments(HOLD_COMMANDS, arguments), times)
    print(string.format("\n  %-30s  %9s  %6s  %8s  %s", "N = " .. row[1], "M events/s", "ours x", "peak MB", "order"))
    for _, name in ipairs(HOLD_ENGINES) do
      local values = result[name]
      print(string.format("  %-30s  %10.2f  %6.2f  %8.1f  %s", name, values.rate, result["mqttdrill"].rate / values.rate,
        values.peak_mb, checksum_word(values, row[2])))
    end
    print(string.format("  goal %.1f: %s", row[3], met(result["mqttdrill"].rate >= row[3])))
  end
end

local function rearm(times)
  print("Timer re-arm: 10^4 connections, every packet cancels and re-arms a keep-alive of 90 s.")
  print("Million packets per CPU second; peak memory of the process; checksum of the order of packets.\n")
  local result = measure(REARM_ENGINES, with_arguments(REARM_COMMANDS, "10000 " .. EVENTS), times)
  print(string.format("  %-30s  %11s  %6s  %8s  %s", "", "M packets/s", "ours x", "peak MB", "order"))
  for _, name in ipairs(REARM_ENGINES) do
    local values = result[name]
    print(string.format("  %-30s  %11.2f  %6.2f  %8.1f  %s", name, values.rate,
      result["mqttdrill, moved"].rate / values.rate, values.peak_mb, checksum_word(values, REARM_CHECKSUM)))
  end
  for _, how in ipairs { "moved", "cancelled and added" } do
    local ours = result["mqttdrill, " .. how]
    local rate = how == "moved" and "goal 8 million packets: " .. met(ours.rate >= 8) .. "; " or ""
    print(string.format("  %s: %sgoal at most 8 MB: %s", how, rate, met(ours.peak_mb <= 8)))
  end
end

local CLIENTS = { "TCP alone", "MQTT QoS 1", "MQTT, trace as text", "MQTT, trace", "MQTT, trace, oracles", "MQTT, trace of segments" }
local CLIENT_COMMANDS = {
  ["TCP alone"] = "bench_clients",
  ["MQTT QoS 1"] = "bench_clients mqtt",
  ["MQTT, trace as text"] = "bench_clients mqtt bench_trace.jsonl",
  ["MQTT, trace"] = "bench_clients mqtt bench_trace.jsonl.gz",
  ["MQTT, trace, oracles"] = "bench_clients checked bench_trace.jsonl.gz",
  ["MQTT, trace of segments"] = "bench_clients segments bench_trace.jsonl.gz",
  ["ns-3, TCP alone"] = "ns3_clients",
}

local function client_goals(result)
  local tcp, mqtt = result["TCP alone"], result["MQTT QoS 1"]
  local function goal(text, ratio, limit)
    print(string.format("  %-58s %5.1f  %s", text, ratio, met(ratio <= limit)))
  end
  print()
  if with_ns3 then
    local times = result["ns-3, TCP alone"].cpu_s / tcp.cpu_s
    print(string.format("  %-58s %5.1f  %s", "ns-3's CPU time is at least 10 times ours:", times, met(times >= 10)))
  end
  goal("TCP alone takes at most 0.5 CPU s:", tcp.cpu_s, 0.5)
  goal("peak memory is at most 12 MB, with MQTT as well:", math.max(tcp.peak_mb, mqtt.peak_mb), 12)
  goal("MQTT QoS 1 takes at most 2 times TCP alone:", mqtt.cpu_s / tcp.cpu_s, 2)
  goal("a full trace (packets) takes at most 3 times no trace:", result["MQTT, trace"].cpu_s / mqtt.cpu_s, 3)
  goal("a full trace (segments) takes at most 3 times no trace:", result["MQTT, trace of segments"].cpu_s / mqtt.cpu_s, 3)
end

local function clients(times)
  print("100 clients over TCP: 1 Mbit/s, 300 ms one way, 5 % loss, 100 bytes every second for 600 s, 4 byte answers.")
  print("Round trips in seconds, as the application sees them; packets: put on all links, in both directions.\n")
  local names, result = table.move(CLIENTS, 1, #CLIENTS, 1, {}), nil
  if with_ns3 then table.insert(names, "ns-3, TCP alone") end
  result = measure(names, CLIENT_COMMANDS, times)
  if with_ns3 then result["ns-3, TCP alone"].packets = run("ns3_clients count").packets end
  os.remove(folder .. "/bench_trace.jsonl")
  os.remove(folder .. "/bench_trace.jsonl.gz")
  print(string.format("  %-24s  %6s  %6s  %7s  %8s  %8s  %6s  %6s  %7s", "", "CPU s", "wall s", "peak MB", "answered", "packets",
    "p50", "p90", "p99"))
  for _, name in ipairs(names) do
    local values = result[name]
    print(string.format("  %-24s  %6.3f  %6.3f  %7.1f  %8d  %8d  %6.3f  %6.3f  %7.3f", name, values.cpu_s, values.wall_s,
      values.peak_mb, values.answered, values.packets, values.p50, values.p90, values.p99))
  end
  client_goals(result)
end

-- Orders and answers only, and only of what is always built.
local function check()
  for _, name in ipairs { "mqttdrill", "C, binary heap", "C, 4-ary heap", "C, 4-ary, fused" } do
    print(name, checksum_word(run(HOLD_COMMANDS[name] .. " 1000 " .. EVENTS), HOLD[1][2]))
  end
  for _, name in ipairs { "mqttdrill, moved", "mqttdrill, cancelled and added", "C, 4-ary, moving deadline" } do
    print(name, checksum_word(run(REARM_COMMANDS[name] .. " 10000 " .. EVENTS), REARM_CHECKSUM))
  end
  for _, name in ipairs { "TCP alone", "MQTT QoS 1" } do print(name, run(CLIENT_COMMANDS[name]).answered .. " answered") end
end

local parts = { queue = { queue, 5 }, rearm = { rearm, 5 }, clients = { clients, 5 }, check = { check } }
if part ~= "all" then
  local one = assert(parts[part], "no such part: " .. part)
  one[1](one[2])
else
  if not with_ns3 then print("ns-3 is not here (Debian: libns3-dev): its rows are missing.\n") end
  for _, name in ipairs { "queue", "rearm", "clients" } do
    parts[name][1](parts[name][2])
    print()
  end
end
os.exit(not wrong)
