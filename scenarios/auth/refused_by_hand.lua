-- A raw connection stays when it is refused: closing is left to the server.
local function method(data)
  return { authentication_method = "DRILL-REVERSE", authentication_data = data }
end

return scenario {
  title = "The server itself closes the connection of whoever fails to authenticate",
  clauses = { "v5:MQTT-4.12.0-4" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  broker = { authentication = { method = "DRILL-REVERSE", rounds = 1 } },
  run = function(t)
    local raw = t:raw("raw")
    raw:send { type = "CONNECT", client_identifier = t:client_id("raw"), properties = method() }
    raw:expect { type = "AUTH", reason_code = 0x18 }
    raw:send { type = "AUTH", reason_code = 0x18, properties = method("wrong") }
    raw:expect { type = "CONNACK", code = 0x87 }
    raw:expect_closed("5s")
  end,
}
