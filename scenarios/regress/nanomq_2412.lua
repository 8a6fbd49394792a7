-- nanomq/nanomq#2412, https://github.com/nanomq/nanomq/issues/2412; broker, MQTT 5.0.
-- Wrong: a QoS 2 PUBLISH that was replayed after a reconnect, before its PUBREL, reached the subscribers again.
-- Trigger: P: PUBLISH q2 id=1; B: PUBREC 1; P closes; P resumes, PUBLISH 1 DUP; B: PUBREC; P: PUBREL; B: PUBCOMP; S
-- has two.
-- Defect: b-qos2-inbound-ids-lost-on-reconnect
local function connect(raw)
  raw:send { type = "CONNECT", client_identifier = "publisher", clean_start = false, keep_alive = 0,
             properties = { session_expiry_interval = 300 } }
  raw:expect { type = "CONNACK", code = 0 }
end

return scenario {
  title = "A replayed QoS 2 PUBLISH is one message, on however many connections it comes",
  clauses = { "v5:MQTT-4.3.3-10", "v5:MQTT-3.1.2-5" },
  versions = { "5.0" },
  tags = { "defect:b-qos2-inbound-ids-lost-on-reconnect" },
  broker = { qos2_forward = "publish" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("t", { qos = 2 })
    local pub = t:raw("publisher")
    connect(pub)
    for copy = 1, 3 do
      pub:send { type = "PUBLISH", topic = "t", qos = 2, packet_identifier = 1, dup = copy > 1, payload = "x" }
      pub:expect { type = "PUBREC", packet_identifier = 1 }
      pub:close("rst")
      t:sleep("1s")
      pub:open()
      connect(pub)
    end
    pub:send { type = "PUBREL", packet_identifier = 1 }
    pub:expect { type = "PUBCOMP", packet_identifier = 1 }
    sub:expect { topic = "t", payload = "x" }
    t:quiet("3s")
  end,
}
