return scenario {
  title = "A server that does not want a Client Identifier says so and closes the connection",
  clauses = { "v3:MQTT-3.1.3-9", "v3:MQTT-3.1.3-7", "v5:MQTT-3.1.3-8" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  broker = { refuse_empty_client_id = true },
  run = function(t)
    local raw = t:raw("raw")
    raw:send { type = "CONNECT", client_identifier = "", clean_session = true, keep_alive = 0 }
    if t.version == "3.1.1" then raw:expect { type = "CONNACK", code = 2 } end
    raw:expect_closed("5s")
    for _, packet in ipairs(raw:received()) do -- of 5.0 a MAY: no packet, or 0x85 or a less exact code
      t:check((packet.code or 0) >= (t.version == "5.0" and 0x80 or 2), "the code is that of a refusal")
    end
    local client = t:client("nameless", { id = "" })
    local accepted = client:connect { may_fail = true }
    t:check(accepted == nil, "a client without a name is refused, too")
  end,
}
