local METHOD = "DRILL-REVERSE"

local function declare(id, title, clauses, run, opts)
  return scenario { id = id, title = title, clauses = clauses, versions = { "5.0" },
                    broker = { auth_methods = { METHOD } }, run = function(t)
    local c = t:client("client", { authentication_method = METHOD })
    local asked = c:connect(opts)
    run(t, c, asked)
  end }
end

return {
  declare("accepted", "Enhanced authentication: the method is the same from CONNECT to CONNACK",
    { "v5:MQTT-4.12.0-2", "v5:MQTT-4.12.0-3", "v5:MQTT-4.12.0-5", "v5:MQTT-3.1.2-30" }, function(t, c, asked)
      if asked and asked.type == "AUTH" then c:auth { data = "1-llird", may_fail = true } end
      t:sleep("5s")
    end, { may_fail = true }),
  declare("again", "A client may authenticate again", { "v5:MQTT-4.12.1-1", "v5:MQTT-4.12.0-5" }, function(t, c)
    c:auth { data = "1-llird" }
    local asked = c:auth { may_fail = true }
    if asked then c:auth { data = "1-llird", may_fail = true } end
    t:sleep("5s")
  end),
  declare("again_refused", "A re-authentication that fails ends the connection", { "v5:MQTT-4.12.1-2" }, function(t, c)
    c:auth { data = "1-llird" }
    c:auth()
    c:auth { data = "wrong", may_fail = true, within = "10s" }
    t:sleep("5s")
  end),
  scenario {
    id = "unknown_method",
    title = "A method that the server does not know is refused",
    clauses = { "v5:MQTT-4.12.0-1", "v5:MQTT-4.12.0-5" },
    versions = { "5.0" },
    run = function(t)
      local raw = t:raw("raw")
      raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), keep_alive = 0,
                 properties = { authentication_method = "NOBODY-KNOWS" } }
      t:sleep("5s")
    end,
  },
  scenario {
    id = "other_method",
    title = "A re-authentication has the method of CONNECT",
    clauses = { "v5:MQTT-4.12.1-1", "v5:MQTT-4.13.1-1" },
    versions = { "5.0" },
    broker = { auth_methods = { METHOD } },
    run = function(t)
      local raw = t:raw("raw")
      raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), keep_alive = 0,
                 properties = { authentication_method = METHOD } }
      raw:expect { type = "AUTH" }
      raw:send { type = "AUTH", reason_code = 0x18,
                 properties = { authentication_method = METHOD, authentication_data = "1-llird" } }
      raw:expect { type = "CONNACK", code = 0 }
      raw:send { type = "AUTH", reason_code = 0x19, properties = { authentication_method = "OTHER" } }
      raw:expect_closed("10s")
    end,
  },
}
