local GROUP = "$share/group/t"

local function member(t, name, opts)
  opts = opts or {}
  opts.clean = false
  opts.session_expiry = opts.session_expiry or 600
  local c = t:client(name, opts)
  c:connect()
  c:subscribe(GROUP, { qos = opts.acks and 2 or 1 })
  return c
end

local function publisher(t)
  local c = t:client("publisher")
  c:connect()
  return c
end

local function declare(id, title, clauses, run, feature)
  return scenario { id = id, title = title, clauses = clauses, versions = { "5.0" },
                    requires = { "shared_subscriptions", feature }, link = { delay = "40ms" }, run = run }
end

return {
  declare("one_member", "Each message goes to one member of the group", { "v5:MQTT-4.5.0-1" }, function(t)
    member(t, "a")
    member(t, "b")
    local pub = publisher(t)
    for i = 1, 6 do pub:publish("t", "m" .. i, { qos = 1 }) end
    t:sleep("10s")
  end),
  declare("no_retained", "Shared Subscriptions get no retained messages", { "v5:MQTT-4.5.0-1" }, function(t)
    publisher(t):publish("t", "kept", { qos = 1, retain = true }):wait("10s")
    member(t, "a")
    t:sleep("10s")
  end),
  declare("granted_qos", "Shared messages keep to the QoS granted to the member", { "v5:MQTT-4.8.2-3" }, function(t)
    member(t, "a")
    member(t, "b")
    local pub = publisher(t)
    for i = 1, 4 do pub:publish("t", "m" .. i, { qos = 2 }) end
    t:sleep("10s")
  end),
  declare("bound", "A QoS 2 message that is under way waits for its member", { "v5:MQTT-4.8.2-4" }, function(t)
    local a = member(t, "a", { acks = "manual" })
    member(t, "b", { acks = "manual" })
    publisher(t):publish("t", "x", { qos = 2 }):wait("10s")
    t:sleep("1s")
    a:drop("rst")
    t:sleep("10s")
    a:connect()
    t:sleep("5s")
  end),
  declare("bound_to_the_end", "A QoS 2 message that is under way ends with its member's Session", { "v5:MQTT-4.8.2-5" },
    function(t)
      local a = member(t, "a", { acks = "manual" })
      member(t, "b", { acks = "manual" })
      publisher(t):publish("t", "x", { qos = 2 }):wait("10s")
      t:sleep("1s")
      a:drop("rst")
      t:sleep("1s")
      a:connect { clean = true }
      t:sleep("30s")
    end),
  declare("refused", "A message that a member refuses goes to nobody else", { "v5:MQTT-4.8.2-6" }, function(t)
    local a = member(t, "a", { acks = "manual" })
    member(t, "b", { acks = "manual" })
    publisher(t):publish("t", "x", { qos = 1 }):wait("10s")
    a:expect { topic = "t", payload = "x" }
    a:ack { reason_code = 0x83 }
    t:sleep("10s")
  end),
  declare("member_leaves", "What a member has not acknowledged goes to another when its Session ends",
    { "v5:MQTT-4.5.0-1" }, function(t)
      local a = member(t, "a", { acks = "manual", session_expiry = 5 })
      local b = member(t, "b", { acks = "manual" })
      publisher(t):publish("t", "x", { qos = 1 }):wait("10s")
      a:expect { topic = "t", payload = "x" }
      a:drop("rst")
      b:expect { topic = "t", payload = "x", within = "30s" }
    end, "shared_redispatch"),
}
