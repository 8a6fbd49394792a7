-- As hivemq/hivemq-mqtt-client#357 had it: what the client wrote put PINGREQ off, so one that publishes at QoS 0 never
-- pinged. No rule asks for the ping, so it is the scenario that judges.
return scenario {
  title = "A client that only writes pings all the same, and finds out that nobody is there",
  clauses = { "v3:MQTT-3.1.2-23", "v5:MQTT-3.1.2-20" },
  link = { delay = "50ms" },
  run = function(t)
    local writer = t:client("writer", { keepalive = "2s" })
    writer:connect()
    for i = 1, 8 do
      writer:publish("beat", tostring(i))
      t:sleep("500ms")
    end
    t:check(writer:connected(), "PINGREQ is answered as long as the link is whole")
    writer:link():partition("30s", "b>c")
    for i = 9, 30 do
      if writer:connected() then writer:publish("beat", tostring(i)) end
      t:sleep("500ms")
    end
    t:check(not writer:connected(), "no PINGRESP came within a Keep Alive: the client gives the connection up")
  end,
}
