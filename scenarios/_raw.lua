local function connect(t, raw, name, opts)
  local lasting = t.version == "5.0" and opts.clean == false
  raw:send { type = "CONNECT", client_identifier = opts.id or name, clean_session = opts.clean ~= false,
             keep_alive = opts.keep_alive or 0, properties = lasting and { session_expiry_interval = 3600 } or nil }
  raw:expect { type = "CONNACK", code = 0 }
end

-- A raw connection that has been accepted.
local function accepted(t, name, opts)
  opts = opts or {}
  local raw = t:raw(name, { link = opts.link })
  connect(t, raw, name, opts)
  return raw
end

-- The same client, cut off, on a new connection.
local function reconnected(t, raw, name, opts)
  raw:close("rst")
  t:sleep("1s")
  raw:open()
  connect(t, raw, name, opts)
end

return { accepted = accepted, reconnected = reconnected }
