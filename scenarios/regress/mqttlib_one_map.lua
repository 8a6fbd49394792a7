-- LabOverWire/mqtt-lib, https://github.com/LabOverWire/mqtt-lib/blob/main/CHANGELOG.md; client, MQTT 5.0.
-- Wrong: QoS 2 state of both directions was kept in one map; the server's own PUBLISH with an identifier that the
-- client's
-- PUBREL had was taken for a copy and dropped.
-- Trigger: C: PUBLISH q2 id=1; B: PUBREC 1; C: PUBREL 1; B: PUBLISH q2 id=1, a new message; C: PUBREC 1, no delivery.
-- Defect: c-qos2-one-map
return scenario {
  title = "Identifiers of the two directions have nothing to do with each other",
  clauses = { "v3:MQTT-4.3.3-2", "v5:MQTT-4.3.3-10" },
  tags = { "defect:c-qos2-one-map" },
  link = { delay = "100ms" },
  run = function(t)
    local client = t:client("c", { first_packet_identifier = 7 })
    client:connect()
    client:subscribe("u", { qos = 2 })
    local other = t:client("other")
    other:connect()
    for i = 1, 7 do other:publish("u", "before " .. i, { qos = 2 }):wait("10s") end
    client:expect { topic = "u", count = 7 }
    t:sleep("2s")
    local held = client:publish("t", "x", { qos = 2 })
    t:sleep("500ms")
    held:wait("10s")
    -- Both next identifiers are known now: the server's is 8, the client's 9.
    other:publish("u", "8", { qos = 2 }):wait("10s")
    client:expect { topic = "u", payload = "8" }
    t:sleep("2s")
    other:publish("u", "9", { qos = 2 })
    t:sleep("100ms")
    client:publish("t", "y", { qos = 2 }):wait("10s")
    t:sleep("3s")
    client:expect { topic = "u", payload = "9" }
    t:quiet("3s")
  end,
}
