-- LabOverWire/mqtt-lib#80, https://github.com/LabOverWire/mqtt-lib/issues/80; broker, MQTT 5.0.
-- Wrong: CONNACK announced a Server Keep Alive, and the client's own was enforced.
-- Trigger: C: CONNECT keepalive=600; B: CONNACK server_keep_alive=2; C silent; B waits for 900 s.
-- Defect: b-server-keepalive-not-enforced
return scenario {
  title = "A broker keeps to the Keep Alive that it announced",
  clauses = { "v5:MQTT-3.1.2-22" },
  versions = { "5.0" },
  tags = { "defect:b-server-keepalive-not-enforced" },
  broker = { server_keep_alive = 2 },
  link = { delay = "30ms" },
  run = function(t)
    local raw = t:raw("c")
    raw:send { type = "CONNECT", client_identifier = "c", clean_start = true, keep_alive = 600 }
    raw:expect { type = "CONNACK", code = 0 }
    t:sleep("10s")
    raw:expect_closed("1s")
  end,
}
