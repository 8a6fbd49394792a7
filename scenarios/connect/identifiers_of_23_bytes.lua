return scenario {
  title = "Client Identifiers of 1 to 23 letters and digits are accepted",
  clauses = { "v3:MQTT-3.1.3-5", "v3:MQTT-3.1.4-4", "v5:MQTT-3.1.3-5", "v5:MQTT-3.1.4-5" },
  versions = { "3.1.1", "5.0" },
  link = { delay = "30ms" },
  run = function(t)
    local raw
    for i, id in ipairs { "0", "abcdefghijklmnopqrstuvw", "ABCDEFGHIJKLMNOPQRSTUVW", "XYZxyz0123456789" } do
      raw = t:raw("raw" .. i)
      raw:send { type = "CONNECT", client_identifier = id, clean_session = true }
      raw:expect { type = "CONNACK", code = 0 }
    end
  end,
}
