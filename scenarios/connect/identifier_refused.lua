return scenario {
  title = "A broker that wants a Client Identifier says so when it refuses, and closes",
  clauses = { "v3:MQTT-3.1.3-9", "v3:MQTT-3.1.3-7", "v3:MQTT-3.2.2-5", "v5:MQTT-3.1.3-8", "v5:MQTT-3.2.2-7" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  broker = { refuse_empty_client_id = true },
  run = function(t)
    local client = t:client("nameless", { id = "" })
    local accepted, why, connack = client:connect { may_fail = true }
    t:check(accepted == nil and why == "refused", "the broker refuses")
    t:check(connack.code == (t.version == "5.0" and 0x85 or 2), "the code names the Client Identifier")
    client:wait_closed("10s")
    t:client("named"):connect()
  end,
}
