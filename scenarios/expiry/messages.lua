local raw_client = require "_raw"

local function away(t, opts)
  opts = opts or {}
  opts.clean = false
  opts.session_expiry = 3600
  local sub = t:client("subscriber", opts)
  sub:connect()
  sub:subscribe("t", { qos = 2 })
  local pub = t:client("publisher")
  pub:connect()
  return sub, pub
end

return {
  scenario {
    id = "counts_down",
    title = "A message that has waited tells how much of its Message Expiry Interval is left",
    clauses = { "v5:MQTT-3.3.2-6", "v5:MQTT-4.5.0-1", "v5:MQTT-4.1.0-1" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = away(t)
      sub:disconnect()
      pub:publish("t", "x", { qos = 1, message_expiry = 60 }):wait("10s")
      t:sleep("40s")
      sub:connect()
      t:sleep("10s")
    end,
  },
  scenario {
    id = "expired",
    title = "A stored message is not delivered when its time has passed",
    clauses = { "v5:MQTT-3.3.2-5" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = away(t)
      sub:disconnect()
      pub:publish("t", "short", { qos = 1, message_expiry = 10 })
      pub:publish("t", "long", { qos = 1 }):wait("10s")
      t:sleep("30s")
      sub:connect()
      sub:expect { topic = "t", payload = "long" }
    end,
  },
  scenario {
    id = "retained",
    title = "A retained message is not sent when its time has passed",
    clauses = { "v5:MQTT-3.3.2-5", "v5:MQTT-3.3.2-6" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local _, pub = away(t)
      pub:publish("r/short", "x", { qos = 1, retain = true, message_expiry = 10 })
      pub:publish("r/long", "x", { qos = 1, retain = true, message_expiry = 1000 }):wait("10s")
      t:sleep("30s")
      local late = t:client("late")
      late:connect()
      late:subscribe("r/+", { qos = 1 })
      late:expect { topic = "r/long" }
      t:sleep("5s")
    end,
  },
  scenario {
    id = "begun",
    title = "A message that is under way is sent again whether it has expired or not",
    clauses = { "v5:MQTT-4.3.3-7", "v5:MQTT-4.4.0-1" },
    versions = { "5.0" },
    link = { delay = "40ms" },
    run = function(t)
      local sub, pub = away(t)
      sub:link():cut { before = "PUBREC" }
      pub:publish("t", "x", { qos = 2, message_expiry = 10 }):wait("10s")
      sub:wait_closed()
      t:sleep("30s")
      sub:connect()
      t:sleep("10s")
    end,
  },
  scenario {
    id = "completed",
    title = "The handshake of an expired QoS 2 message is finished",
    clauses = { "v5:MQTT-4.3.3-13", "v5:MQTT-4.3.3-11" },
    versions = { "5.0" },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      raw:send { type = "PUBLISH", topic = t:topic("t"), qos = 2, packet_identifier = 7, payload = "x",
                 properties = { message_expiry_interval = 2 } }
      raw:expect { type = "PUBREC", packet_identifier = 7 }
      t:sleep("10s")
      raw:send { type = "PUBREL", packet_identifier = 7 }
      t:sleep("20s")
    end,
  },
}
