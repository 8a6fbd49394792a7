-- User Name and Password. 3.1.1 answers a wrong one with return code 4 or 5, 5.0 with Reason Code 0x86 or 0x87.
local function refuses(t, name, opts)
  local accepted, why, connack = t:client(name, opts):connect { may_fail = true }
  t:check(accepted == nil and why == "refused", name .. " is refused")
  local codes = t.version == "5.0" and { [0x86] = true, [0x87] = true } or { [4] = true, [5] = true }
  t:check(codes[connack.code], "the code says that it is about the user")
end

return scenario {
  title = "Who names a user and the right password comes in, and nobody else",
  clauses = { "v3:MQTT-3.1.2-19", "v3:MQTT-3.1.2-21", "v3:MQTT-3.1.3-11", "v3:MQTT-3.2.2-5",
              "v5:MQTT-3.1.2-17", "v5:MQTT-3.1.2-19", "v5:MQTT-3.1.3-12", "v5:MQTT-3.1.4-2", "v5:MQTT-3.2.2-7" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  broker = { users = { ["alice"] = "secret", ["jürgen"] = "Straße" } },
  run = function(t)
    t:client("alice", { username = "alice", password = "secret" }):connect()
    t:client("juergen", { username = "jürgen", password = "Straße" }):connect()
    refuses(t, "wrong-password", { username = "alice", password = "Secret" })
    refuses(t, "unknown", { username = "mallory", password = "secret" })
    refuses(t, "no-password", { username = "alice" })
    refuses(t, "nobody", {})
  end,
}
