-- Whoever does not prove it is told 0x87 and closed; nobody learns whether the user exists.
local broker = { authentication = { method = "SCRAM-SHA-256", users = { alice = "correct horse" } } }
local FIRST = "n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL"
local PROOF = ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

local function refused(t, client, call, opts)
  opts.may_fail = true
  local accepted, why, packet = call(client, opts)
  t:check(accepted == nil and why == "refused", "the server refuses")
  t:check(packet.reason_code == 0x87, "with 0x87, Not authorized")
  client:wait_closed("10s")
end

local function by_hand(final)
  return function(t)
    local client = t:client("client", { authentication_method = "SCRAM-SHA-256", authentication_data = FIRST })
    local challenge = client:connect()
    t:check(challenge.type == "AUTH" and challenge.reason_code == 0x18, "the server asks for the proof")
    local nonce = (challenge.properties.authentication_data or ""):match("^r=([^,]+),s=[^,]+,i=4096$")
    nonce = nonce or ""
    t:check(nonce:sub(1, 24) == FIRST:sub(-24), "the nonce goes on where ours ends")
    refused(t, client, client.auth, { data = final(nonce) })
  end
end

local function plays(user, password)
  return function(t)
    local client = t:client("client", { authentication_method = "SCRAM-SHA-256", username = user, password = password })
    refused(t, client, client.connect, {})
  end
end

local function at_once(opts)
  return function(t)
    refused(t, t:client("client", opts), function(client, o) return client:connect(o) end, {})
  end
end

local cases = {
  { "wrong_password", "a wrong password", plays("alice", "Correct horse") },
  { "unknown_user", "a user that does not exist", plays("mallory", "correct horse") },
  { "wrong_proof", "a proof that is none", by_hand(function(nonce) return "c=biws,r=" .. nonce .. PROOF end) },
  { "wrong_nonce", "another nonce", by_hand(function(nonce) return "c=biws,r=" .. nonce .. "x" .. PROOF end) },
  { "own_nonce", "only the own half of the nonce",
    by_hand(function(nonce) return "c=biws,r=" .. nonce:sub(1, 24) .. PROOF end) },
  { "other_binding", "another channel binding", by_hand(function(nonce) return "c=eSws,r=" .. nonce .. PROOF end) },
  { "no_data", "no data instead of the proof", by_hand(function() return nil end) },
  { "no_scram", "data that are no SCRAM",
    at_once { authentication_method = "SCRAM-SHA-256", authentication_data = "alice:correct horse" } },
  { "channel_binding", "channel binding, which there is none",
    at_once { authentication_method = "SCRAM-SHA-256", authentication_data = "p=tls-exporter,,n=alice,r=abc" } },
  { "other_user_name", "another user than User Name says",
    at_once { username = "bob", authentication_method = "SCRAM-SHA-256", authentication_data = FIRST } },
  { "no_method", "no method where one is wanted", at_once { username = "alice", password = "correct horse" } },
}

local list = {}
for i, case in ipairs(cases) do
  list[i] = scenario {
    id = case[1],
    title = "SCRAM-SHA-256: the server refuses " .. case[2],
    clauses = { "v5:MQTT-4.12.0-4" },
    versions = { "5.0" },
    link = { delay = "30ms" },
    broker = broker,
    run = case[3],
  }
end
return list
