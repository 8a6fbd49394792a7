local helpers = {}

-- A subscriber and a publisher with Sessions that outlive their connections.
function helpers.pair(t, filter, qos)
  local sub, pub = t:client("sub", { clean = false }), t:client("pub", { clean = false })
  sub:connect()
  pub:connect()
  sub:subscribe(filter, { qos = qos })
  return sub, pub
end

return helpers
