-- eclipse-mosquitto/mosquitto#2301, https://github.com/eclipse-mosquitto/mosquitto/issues/2301; broker, MQTT 5.0.
-- Wrong: an acknowledgement with a Packet Identifier that belongs to nothing gave send quota back, so that more
-- messages were under way than the peer's Receive Maximum.
-- Trigger: R: receive_maximum=3; B>R: PUBLISH q1 1, 2, 3; R: PUBACK 99; B>R: a fourth PUBLISH.
-- Defect: b-quota-from-unknown-ack
return scenario {
  title = "An acknowledgement that belongs to nothing makes no room for another message",
  clauses = { "v5:MQTT-3.3.4-9", "v5:MQTT-4.9.0-2" },
  versions = { "5.0" },
  tags = { "defect:b-quota-from-unknown-ack" },
  link = { delay = "30ms" },
  run = function(t)
    local remote = t:raw("remote")
    remote:send { type = "CONNECT", client_identifier = "remote", keep_alive = 0, properties = { receive_maximum = 3 } }
    remote:expect { type = "CONNACK", code = 0 }
    remote:send { type = "SUBSCRIBE", packet_identifier = 1, filters = { { "t", 1 } } }
    remote:expect { type = "SUBACK", packet_identifier = 1 }
    local pub = t:client("publisher")
    pub:connect()
    for i = 1, 6 do pub:publish("t", "m" .. i, { qos = 1 }):wait("10s") end
    local ids = {}
    for i = 1, 3 do ids[i] = remote:expect { type = "PUBLISH", topic = "t", payload = "m" .. i }.packet_identifier end
    remote:send { type = "PUBACK", packet_identifier = 999 }
    t:sleep("3s")
    -- The right ones let the others come.
    for i = 1, 6 do
      remote:send { type = "PUBACK", packet_identifier = ids[i] }
      if i <= 3 then
        ids[i + 3] = remote:expect { type = "PUBLISH", topic = "t", payload = "m" .. i + 3 }.packet_identifier
      end
    end
    t:quiet("2s")
  end,
}
