-- wolfSSL/wolfMQTT#519, https://github.com/wolfSSL/wolfMQTT/issues/519; broker, MQTT 3.1.1.
-- Wrong: of the first byte only the packet type was looked at; E1 00 was taken for DISCONNECT and the will was
-- dropped.
-- Trigger: C: CONNECT with a will; C: E1 00; W: nothing.
-- Defect: b-fixed-header-flags-ignored
return scenario {
  title = "DISCONNECT with a reserved flag is none: the connection ends, the will is published",
  clauses = { "v3:MQTT-3.14.1-1", "v3:MQTT-2.2.2-2", "v3:MQTT-3.1.2-8" },
  versions = { "3.1.1" },
  tags = { "defect:b-fixed-header-flags-ignored" },
  link = { delay = "30ms" },
  run = function(t)
    local watcher = t:client("watcher")
    watcher:connect()
    watcher:subscribe("will", { qos = 1 })
    local raw = t:raw("c")
    raw:send { type = "CONNECT", client_identifier = "c", clean_session = true, keep_alive = 0, will_qos = 1,
               will_topic = "will", will_message = "gone" }
    raw:expect { type = "CONNACK", code = 0 }
    raw:send("e1 00")
    raw:expect_closed("10s")
    watcher:expect { topic = "will", payload = "gone" }
    t:quiet("3s")
  end,
}
