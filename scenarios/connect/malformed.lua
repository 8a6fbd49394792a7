local raw_client = require "_raw"

-- Each of these ends the connection, whatever was accepted before. In 5.0 most have a Property Length, too. A Topic Filter
-- may as well be refused by SUBACK.
local cases = {
  { "reserved flags of SUBSCRIBE", "80 08 00 01 00 03 61 2f 62 00", "80 09 00 01 00 00 03 61 2f 62 00" },
  { "reserved flags of UNSUBSCRIBE", "a0 07 00 01 00 03 61 2f 62", "a0 08 00 01 00 00 03 61 2f 62" },
  { "reserved flags of PUBREL", "60 02 00 01" },
  { "QoS 3 in PUBLISH", "36 07 00 03 61 2f 62 00 01", "36 08 00 03 61 2f 62 00 01 00" },
  { "QoS 3 in SUBSCRIBE", "82 08 00 01 00 03 61 2f 62 03", "82 09 00 01 00 00 03 61 2f 62 03" },
  { "reserved bits in SUBSCRIBE", "82 08 00 01 00 03 61 2f 62 80", "82 09 00 01 00 00 03 61 2f 62 80" },
  { "SUBSCRIBE without a filter", "82 02 00 01", "82 03 00 01 00" },
  { "UNSUBSCRIBE without a filter", "a2 02 00 01", "a2 03 00 01 00" },
  { "a wildcard in a topic name", "30 05 00 03 61 2f 23", "30 06 00 03 61 2f 23 00" },
  { "U+0000 in a topic name", "30 05 00 03 61 00 62", "30 06 00 03 61 00 62 00" },
  { "a surrogate in a topic name", "30 07 00 05 61 ed a0 80 62", "30 08 00 05 61 ed a0 80 62 00" },
  { "a Remaining Length of five bytes", "30 ff ff ff ff 01 00 01 61" },
  { "reserved flags of PINGREQ", "c1 00" },
  { "reserved flags of PUBACK", "42 02 00 01" },
  { "a wildcard in the middle of a level", "82 08 00 01 00 03 61 23 62 01", "82 09 00 01 00 00 03 61 23 62 01", refusable = true },
  { "a # that is not the last level", "82 0a 00 01 00 05 61 2f 23 2f 62 01", "82 0b 00 01 00 00 05 61 2f 23 2f 62 01",
    refusable = true },
  { "Packet Identifier 0", "82 06 00 00 00 01 61 01", "82 07 00 00 00 00 01 61 01" },
}

local list = {}
for i, case in ipairs(cases) do
  list[i] = scenario {
    id = string.format("case_%02d", i),
    title = "The server closes the connection on " .. case[1],
    clauses = { "v3:MQTT-4.8.0-1", "v3:MQTT-2.2.2-2", "v5:MQTT-4.13.1-1", "v5:MQTT-2.1.3-1" },
    versions = { "3.1.1", "5.0" },
    link = { delay = "30ms" },
    run = function(t)
      local raw = raw_client.accepted(t, "raw")
      t:note(case[1])
      raw:send(t.version == "5.0" and case[3] or case[2])
      if not case.refusable then
        raw:expect_closed("30s")
        return
      end
      t:sleep("10s") -- long enough for either; the oracles know what it may do
      for _, packet in ipairs(raw:received()) do
        t:check(packet.type ~= "SUBACK" or packet.reason_codes[1] >= 0x80, "it is not granted")
      end
    end,
  }
end
return list
