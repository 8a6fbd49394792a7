-- The scenario API in MQTT 5.0.
local function one(id, title, run, more)
  local definition = more or {}
  definition.id, definition.title, definition.run = id, title, run
  definition.versions = definition.versions or { "5.0" }
  definition.worlds = { "sim" }
  return scenario(definition)
end

local function same(t, got, wanted, what)
  t:check(got == wanted, what .. ": expected " .. tostring(wanted) .. ", got " .. tostring(got))
end

return {
  one("connack", "What the server says is in the CONNACK's properties", function(t)
    local c = t:client("c", { keepalive = "60s", session_expiry = "2h", user_properties = { { "b", "1" }, { "a", "2" } } })
    local ack = c:connect()
    same(t, ack.type, "CONNACK", "type")
    same(t, ack.reason_code, 0, "reason_code")
    same(t, ack.properties.receive_maximum, 7, "receive_maximum")
    same(t, ack.properties.maximum_packet_size, 2048, "maximum_packet_size")
    same(t, ack.properties.server_keep_alive, 9, "server_keep_alive")
    same(t, ack.properties.session_expiry_interval, 600, "session_expiry_interval")
    same(t, ack.properties.reason_string, nil, "reason_string")
    t:sleep("30s") -- PINGREQ comes at the server's Keep Alive
    t:check(c:connected())
  end, { broker = { receive_maximum = 7, maximum_packet_size = "2KiB", server_keep_alive = "9s",
                    session_expiry_maximum = "10m" } }),

  one("assigned", "A client without an identifier gets one and keeps it", function(t)
    local c = t:client("c", { id = "", clean = false, session_expiry = "1h" })
    same(t, c.client_id, "", "before")
    local ack = c:connect()
    t:check(#ack.properties.assigned_client_identifier > 0)
    same(t, c.client_id, ack.properties.assigned_client_identifier, "client_id")
    c:disconnect()
    t:check(c:connect().session_present, "it is the same Session")
  end),

  one("messages", "Properties of messages, sent, expected and received", function(t)
    local c = t:client("c")
    c:connect()
    c:subscribe("a/#", { qos = 2, subscription_identifier = 5 })
    c:publish("a/1", "x", { qos = 1, message_expiry = "1m", payload_format_indicator = 1, content_type = "text/plain",
                            response_topic = "answers/here", correlation_data = "\0\1",
                            user_properties = { { "z", "1" }, { "a", "2" }, { "z", "3" } } }):wait()
    local list = c:expect { topic = "a/1", properties = {
      message_expiry_interval = 60, payload_format_indicator = 1, content_type = "text/plain", response_topic = "answers/here",
      correlation_data = "\0\1", subscription_identifier = 5, topic_alias = false,
      user_property = { { "z", "1" }, { "a", "2" }, { "z", "3" } } } }
    local got = list[1].properties
    same(t, got.response_topic, "answers/here", "response_topic")
    same(t, got.user_property[3][2], "3", "user_property")
    same(t, got.subscription_identifier[1], 5, "subscription_identifier")
    c:publish("a/2", "y", { user_properties = { b = "2", a = "1" }, properties = { content_type = "b" } })
    c:expect { topic = "a/2", properties = { content_type = "b", user_property = { { "a", "1" }, { "b", "2" } } } }
    c:publish("a/3", "z")
    c:expect_none { properties = { content_type = "b" }, during = "1s" }
    c:expect { properties = { content_type = false, user_property = false } }
    same(t, #c:received { properties = { content_type = "b" } }, 1, "received")
  end),

  one("subscriptions", "Subscription Options and reason codes", function(t)
    local c, d = t:client("c"), t:client("d")
    c:connect()
    d:connect()
    local ack = c:subscribe({ { filter = "a", qos = 1, no_local = true }, { "b", 2 }, "$share/g/c/+" }, { qos = 0, retain_handling = 2 })
    same(t, #ack.reason_codes, 3, "codes")
    same(t, ack.reason_codes[2], 2, "granted")
    c:publish("a", "own", { qos = 1 }):wait()
    c:expect_none { topic = "a", during = "1s" }
    d:publish("a", "other", { qos = 1 }):wait()
    c:expect { topic = "a", payload = "other", qos = 1 }
    d:publish("c/x", "shared")
    c:expect { topic = "c/x" }
    ack = c:unsubscribe({ "a", "nothing" }, { user_properties = { { "a", "b" } } })
    same(t, ack.reason_codes[1], 0, "UNSUBACK")
    same(t, ack.reason_codes[2], 0x11, "UNSUBACK")
    d:publish("r", "kept", { retain = true, qos = 1 }):wait()
    c:subscribe("r", { retain_as_published = true, retain_handling = 0 })
    c:expect { topic = "r", retain = true }
    d:publish("r", "live", { retain = true, qos = 1 }):wait()
    c:expect { topic = "r", payload = "live", retain = true }
  end),

  one("will", "A will with a delay and properties; DISCONNECT 4 lets it go", function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("gone")
    local c = t:client("c", { session_expiry = "1h",
                              will = { topic = "gone", payload = "c", delay = "10s", content_type = "text", user_properties = { { "a", "b" } } } })
    c:connect()
    c:drop()
    watcher:expect_none { during = "9s" }
    watcher:expect { topic = "gone", properties = { content_type = "text", user_property = { { "a", "b" } } }, within = "3s" }
    c:connect { will = { topic = "gone", payload = "again" } }
    c:disconnect { reason_code = 4, session_expiry = "10s", user_properties = { { "why", "so" } } }
    watcher:expect { topic = "gone", payload = "again" }
  end),

  one("refusals", "What the server does not allow is not sent", function(t)
    local c = t:client("c")
    c:connect()
    local m, why, code = c:publish("a", "x", { qos = 2, may_fail = true })
    t:check(m == nil and why == "refused" and code == 0x9b, "Maximum QoS")
    m, why, code = c:publish("a", "x", { retain = true, may_fail = true })
    t:check(m == nil and why == "refused" and code == 0x9a, "Retain Available")
    m, why, code = c:publish("a", string.rep("x", 200), { may_fail = true })
    t:check(m == nil and why == "refused" and code == 0x95, "Maximum Packet Size")
    m, why, code = c:subscribe("a/#", { may_fail = true })
    t:check(m == nil and why == "refused" and code == 0xa2, "wildcards")
    c:publish("a", "x", { qos = 1 }):wait()
  end, { broker = { maximum_qos = 1, retain_available = false, maximum_packet_size = 200, wildcard_subscription_available = false } }),

  one("aliases", "Topic Aliases by hand, by the client and by the server", function(t)
    local sub = t:client("sub", { topic_alias_maximum = 3 })
    sub:connect()
    sub:subscribe("a/#")
    local auto = t:client("auto", { aliases = "auto" })
    auto:connect()
    for i = 1, 4 do auto:publish("a/long/topic", tostring(i)) end
    sub:expect { topic = "a/long/topic", count = 4 }
    local hand = t:client("hand")
    hand:connect()
    hand:publish("a/by/hand", "1", { topic_alias = 2 })
    hand:publish("", "2", { topic_alias = 2 })
    sub:expect { topic = "a/by/hand", count = 2 }
    local m, why, code = hand:publish("a", "x", { topic_alias = 3, may_fail = true })
    t:check(m == nil and why == "refused" and code == 0x94)
  end, { broker = { topic_alias_maximum = 2, topic_aliases = "recent" } }),

  one("quotas", "Receive Maximum holds messages back, and a refusal gives quota back", function(t)
    local sub = t:client("sub", { acks = "manual" })
    sub:connect()
    sub:subscribe("a", { qos = 1 })
    local pub = t:client("pub")
    pub:connect()
    local list = {}
    for i = 1, 5 do list[i] = pub:publish("a", "m" .. i, { qos = 1 }) end
    t:check(list[3].packet_id == nil, "the third waits")
    for i = 1, 5 do list[i]:wait() end
    for _ = 1, 4 do
      sub:expect { topic = "a" }
      sub:ack()
    end
    sub:expect { topic = "a", payload = "m5" }
    sub:ack { reason_code = 0x83, user_properties = { { "why", "so" } } }
  end, { link = { delay = "10ms" }, broker = { receive_maximum = 2 } }),

  one("disconnected", "The server's DISCONNECT says why", function(t)
    local first = t:client("first", { id = "same", clean = false, session_expiry = "1h" })
    first:connect()
    t:check(first.disconnected == nil)
    local second = t:client("second", { id = "same" })
    second:connect()
    first:wait_closed("10s")
    same(t, first.disconnected.reason_code, 0x8e, "Session taken over")
    same(t, first.disconnected.type, "DISCONNECT", "type")
    second:disconnect()
    first:connect { clean = true }
    t:check(first.disconnected == nil, "that was another connection")
  end),

  one("auth", "Enhanced authentication in rounds, and again", function(t)
    local c = t:client("c", { authentication_method = "DRILL-REVERSE" })
    local answer = c:connect()
    same(t, answer.type, "AUTH", "type")
    same(t, answer.reason_code, 0x18, "reason_code")
    local data = answer.properties.authentication_data
    answer = c:auth { data = data:reverse() }
    same(t, answer.type, "CONNACK", "type")
    t:check(c:connected())
    answer = c:auth()
    same(t, answer.reason_code, 0x18, "re-authentication")
    answer = c:auth { data = answer.properties.authentication_data:reverse() }
    same(t, answer.reason_code, 0, "success")
    local liar = t:client("liar", { authentication_method = "DRILL-REVERSE" })
    liar:connect()
    local ok, why, refusal = liar:auth { data = "wrong", may_fail = true }
    t:check(ok == nil and why == "refused" and refusal.reason_code >= 0x80)
    local other = t:client("other", { authentication_method = "NOBODY-KNOWS" })
    ok, why, refusal = other:connect { may_fail = true }
    t:check(ok == nil and why == "refused" and refusal.reason_code == 0x8c)
  end, { broker = { auth_methods = { "DRILL-REVERSE" } } }),

  one("raw", "Packet tables with properties", function(t)
    local raw = t:raw("raw")
    raw:send { type = "CONNECT", client_identifier = "raw", clean_start = true, will_topic = "w", will_message = "x",
               properties = { receive_maximum = 5, user_property = { { "a", "1" }, { "b", "2" } } },
               will_properties = { will_delay_interval = 3 } }
    raw:expect { type = "CONNACK", reason_code = 0, properties = { assigned_client_identifier = false } }
    raw:send { type = "SUBSCRIBE", packet_identifier = 1, properties = { subscription_identifier = 9 },
               filters = { { filter = "a", qos = 1, retain_as_published = true } } }
    local suback = raw:expect { type = "SUBACK", packet_identifier = 1, reason_codes = { 1 } }
    same(t, next(suback.properties), nil, "no properties")
    raw:send { type = "PUBLISH", topic = "a", payload = "x", qos = 0, properties = { content_type = "c" } }
    raw:expect { type = "PUBLISH", topic = "a", properties = { content_type = "c", subscription_identifier = 9, topic_alias = false } }
    -- A raw connection says what no client would: the same property twice.
    raw:send { type = "PUBLISH", topic = "a", properties = { content_type = { "c", "d" } } }
    raw:expect { type = "DISCONNECT", reason_code = 0x82 }
    raw:expect_closed()
  end),

  one("versions", "Clients of three versions meet on one broker", function(t)
    local new, old, oldest = t:client("new"), t:client("old", { version = "3.1.1", receive_maximum = 1 }),
                             t:client("oldest", { version = "3.1" })
    for _, c in ipairs { new, old, oldest } do
      c:connect()
      c:subscribe("a", { qos = 2 })
    end
    new:publish("a", "from new", { qos = 2 }):wait()
    old:publish("a", "from old", { qos = 2 }):wait()
    oldest:publish("a", "from oldest", { qos = 1 }):wait()
    for _, c in ipairs { new, old, oldest } do c:expect { topic = "a", count = 3 } end
    local raw = t:raw("raw", { version = "3.1.1" })
    raw:send { type = "CONNECT", client_identifier = "raw", clean_session = true }
    raw:expect { type = "CONNACK", code = 0 }
  end, { versions = { "3.1.1", "5.0" } }),
}
