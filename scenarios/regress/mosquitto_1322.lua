-- eclipse-mosquitto/mosquitto#1322, https://github.com/eclipse-mosquitto/mosquitto/issues/1322; broker, MQTT 3.1.1.
-- Wrong: a publisher that came back with its Session and used Packet Identifier 1 again was acknowledged, but its
-- second
-- message was not forwarded, and the old retained message stayed.
-- Trigger: P: PUBLISH q2 id=1 retain "a", whole exchange, DISCONNECT; P: CONNECT, PUBLISH q2 id=1 retain "b", whole
-- exchange.
-- Defect: b-qos2-id-not-freed-after-pubcomp
local function exchange(raw, payload)
  raw:send { type = "CONNECT", client_identifier = "foo", clean_session = false, keep_alive = 0 }
  raw:expect { type = "CONNACK", code = 0 }
  raw:send { type = "PUBLISH", topic = "topic1", qos = 2, retain = true, packet_identifier = 1, payload = payload }
  raw:expect { type = "PUBREC", packet_identifier = 1 }
  raw:send { type = "PUBREL", packet_identifier = 1 }
  raw:expect { type = "PUBCOMP", packet_identifier = 1 }
  raw:send { type = "DISCONNECT" }
  raw:expect_closed("10s")
end

return scenario {
  title = "After PUBCOMP the same Packet Identifier brings a new message, also in the next connection",
  clauses = { "v3:MQTT-4.3.3-2", "v3:MQTT-4.5.0-1", "v3:MQTT-3.3.1-5" },
  versions = { "3.1.1" },
  tags = { "defect:b-qos2-id-not-freed-after-pubcomp" },
  link = { delay = "30ms" },
  run = function(t)
    local sub = t:client("subscriber")
    sub:connect()
    sub:subscribe("topic1", { qos = 2 })
    local pub = t:raw("foo")
    exchange(pub, "a")
    pub:open()
    exchange(pub, "b")
    t:sleep("2s")
    local late = t:client("late")
    late:connect()
    late:subscribe("topic1", { qos = 2 })
    sub:expect { topic = "topic1", payload = "a" }
    sub:expect { topic = "topic1", payload = "b" }
    late:expect { topic = "topic1", payload = "b", retain = true }
    t:quiet("3s")
  end,
}
