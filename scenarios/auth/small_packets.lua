return scenario {
  title = "User Properties are left out of an AUTH that they would make too large for the client",
  clauses = { "v5:MQTT-3.15.2-3", "v5:MQTT-4.12.0-2" },
  versions = { "5.0" },
  link = { delay = "30ms" },
  broker = { authentication = { method = "DRILL-REVERSE" },
             user_properties = { { "padding", string.rep("x", 100) } } },
  run = function(t)
    for name, limit in pairs { small = 64, large = 1000 } do
      local client = t:client(name, { authentication_method = "DRILL-REVERSE", maximum_packet_size = limit })
      local packet = client:connect()
      t:check((packet.properties.user_property ~= nil) == (limit == 1000), "only the larger packet has them")
      client:auth { data = (packet.properties.authentication_data or ""):reverse() }
      client:ping()
    end
  end,
}
