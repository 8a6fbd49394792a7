return scenario {
  title = "The same Client Identifier connects again: the old connection ends with DISCONNECT 0x8E",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local first = t:client("first", { id = "pump-7", will = { topic = "gone", payload = "pump-7" } })
    first:connect()
    local second = t:client("second", { id = "pump-7" })
    second:connect()
    first:wait_closed("5s")
  end,
}
