return scenario {
  title = "An Authentication Method that the broker does not know is refused with 0x8C",
  versions = { "5.0" },
  worlds = { "sim" },
  link = { delay = "20ms" },
  run = function(t)
    local client = t:client("meter", { authentication_method = "PIGEON" })
    client:connect { may_fail = true }
    t:sleep("100ms")
  end,
}
