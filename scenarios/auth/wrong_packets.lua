-- AUTH packets that no client sends. The raw connection says them; the server must close it.
local function connect(raw, method, data)
  raw:send { type = "CONNECT", client_identifier = "raw", keep_alive = 0,
             properties = { authentication_method = method, authentication_data = data } }
end

local function in_exchange(t)
  local raw = t:raw("raw")
  connect(raw, "DRILL-REVERSE", "x")
  raw:expect { type = "AUTH", reason_code = 0x18 }
  return raw
end

local function accepted(t)
  local raw = in_exchange(t)
  raw:send { type = "AUTH", reason_code = 0x18,
             properties = { authentication_method = "DRILL-REVERSE", authentication_data = "1-llird" } }
  raw:expect { type = "CONNACK", code = 0 }
  return raw
end

local function auth(code, method, data)
  return { type = "AUTH", reason_code = code, properties = { authentication_method = method, authentication_data = data } }
end

local cases = {
  { "another_method_during", "another method in the middle of the exchange", in_exchange,
    auth(0x18, "X-OTHER", "1-llird"), { "v5:MQTT-4.12.0-5" } },
  { "another_method_again", "re-authentication with another method", accepted,
    auth(0x19, "X-OTHER", "x"), { "v5:MQTT-4.12.1-1" } },
  { "again_too_early", "re-authentication before CONNACK", in_exchange, auth(0x19, "DRILL-REVERSE"), {} },
  { "unasked_answer", "an answer that nobody asked for", accepted, auth(0x18, "DRILL-REVERSE", "x"), {} },
  { "success_from_a_client", "AUTH 0x00 from a client", in_exchange, auth(0x00, "DRILL-REVERSE"), {} },
  { "reserved_flags", "AUTH with reserved flags", in_exchange,
    "f1 12 18 10 15 00 0d 44 52 49 4c 4c 2d 52 45 56 45 52 53 45", { "v5:MQTT-3.15.1-1" } },
  { "unknown_code", "AUTH with a Reason Code that no AUTH has", in_exchange,
    "f0 12 87 10 15 00 0d 44 52 49 4c 4c 2d 52 45 56 45 52 53 45", { "v5:MQTT-3.15.2-1" } },
}

local list = {}
for i, case in ipairs(cases) do
  list[i] = scenario {
    id = case[1],
    title = "The server closes the connection on " .. case[2],
    clauses = #case[5] > 0 and case[5] or { "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    link = { delay = "30ms" },
    broker = { authentication = { method = "DRILL-REVERSE" } },
    run = function(t)
      local raw = case[3](t)
      raw:send(case[4])
      raw:expect_closed("30s")
    end,
  }
end

-- These need no broker that authenticates.
list[#list + 1] = scenario {
  id = "no_method",
  title = "The server closes the connection on AUTH after a CONNECT without a method",
  clauses = { "v5:MQTT-4.12.0-6", "v5:MQTT-4.13.1-1" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    connect(raw)
    raw:expect { type = "CONNACK", code = 0 }
    raw:send(auth(0x19, "SCRAM-SHA-256", "n,,n=alice,r=abc"))
    raw:expect_closed("30s")
  end,
}
list[#list + 1] = scenario {
  id = "before_connect",
  title = "The server closes the connection when AUTH comes first",
  clauses = { "v5:MQTT-3.1.0-1" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    raw:send(auth(0x18, "SCRAM-SHA-256", "n,,n=alice,r=abc"))
    raw:expect_closed("60s")
  end,
}
list[#list + 1] = scenario {
  id = "before_connack",
  title = "AUTH right behind a CONNECT without a method: the server closes the connection",
  clauses = { "v5:MQTT-4.12.0-6", "v5:MQTT-4.13.1-1" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("raw")
    connect(raw)
    raw:send(auth(0x18, "SCRAM-SHA-256", "n,,n=alice,r=abc"))
    raw:expect_closed("30s")
  end,
}
return list
