local helpers = {}

-- A subscriber and a publisher with Sessions that outlive their connections.
function helpers.pair(t, filter, qos)
  local lasting = { clean = false, session_expiry = "1h" }
  local sub, pub = t:client("sub", lasting), t:client("pub", lasting)
  sub:connect()
  pub:connect()
  sub:subscribe(filter, { qos = qos })
  return sub, pub
end

return helpers
