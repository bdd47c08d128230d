--- What of nft's language the kernel has: tried out in a namespace of its own.
local core = require "netlua.core"

local M = {}

local function rule(text, chain, family)
  return ("table %s t {\nchain c {\n%s\n%s\n}\n}"):format(family or "ip", chain or "", text)
end

local prerouting = "type filter hook prerouting priority 0;"

-- word -> the smallest ruleset that needs what the word stands for
local probes = {
  nf_tables = "add table ip t",
  inet = "add table inet t",
  bridge = rule("", prerouting, "bridge"),
  netdev = rule("", 'type filter hook ingress device "lo" priority 0;', "netdev"),
  nat = rule("", "type nat hook postrouting priority 100;"),
  snat = rule("snat to 192.0.2.1", "type nat hook postrouting priority 100;"),
  dnat = rule("dnat to 192.0.2.1", "type nat hook prerouting priority -100;"),
  masquerade = rule("masquerade", "type nat hook postrouting priority 100;"),
  redirect = rule("redirect", "type nat hook prerouting priority -100;"),
  ct = rule "ct state established",
  limit = rule "limit rate 1/second",
  log = rule "log",
  quota = rule "quota over 1 mbytes",
  reject = rule("reject", "type filter hook input priority 0;"),
  fib = rule("fib daddr type local", prerouting),
  numgen = rule "meta mark set numgen inc mod 2",
  jhash = rule "meta mark set jhash ip saddr mod 2",
  queue = rule "queue num 0",
  socket = rule("socket transparent 1", prerouting),
  tproxy = rule("meta l4proto tcp tproxy to :80", prerouting),
  synproxy = rule("tcp dport 80 synproxy mss 1460 wscale 7", "type filter hook input priority 0;"),
  osf = rule('osf name "Linux"', prerouting),
  dup = rule("dup to 192.0.2.1", prerouting),
  fwd = rule('fwd to "lo"', 'type filter hook ingress device "lo" priority 0;', "netdev"),
  ibrname = rule('meta ibrname "a"', prerouting, "bridge"),
  obrname = rule('meta obrname "a"', prerouting, "bridge"),
  flowtable = [[table ip t {
    flowtable f { hook ingress priority 0; devices = { "lo" }; }
  }]],
  flow = [[table ip t {
    flowtable f { hook ingress priority 0; devices = { "lo" }; }
    chain c {
      type filter hook forward priority 0;
      flow add @f
    }
  }]],
}

-- What the kernel answers to a word it was built without. ENOENT is also its answer for an absent
-- table or chain.
local lacking = { ENOENT = true, EOPNOTSUPP = true, EPROTONOSUPPORT = true, EAFNOSUPPORT = true }

--- Does this kernel know what `word` of nft's language stands for?
---@param word string one of core.features() of the group "nft"
---@return boolean? known nil when that cannot be told: a word that is not in the list, or an error of
--- another kind
---@return netlua.Error? err the refusal
function M.known(word)
  local ruleset = probes[word]
  if not ruleset then return nil end
  local ns <close> = require("netlua.netns").add "nft probe"
  local ok, err = require("netlua.nft").run(ns.core, ruleset)
  if ok then return true end
  if lacking[err.code] then return false, err end
  return nil, err
end

--- Adds to a refusal what the kernel lacks, where that is why: each word of the refused line that
--- needs something is tried by itself.
---@param err netlua.Error
function M.explain(err)
  if not lacking[err.code] then return end
  for word in (err.source or "nf_tables"):gmatch "[%a_]+" do
    if M.known(word) == false then
      err.hint = core.feature_hint("nft", word)
      return
    end
  end
end

return M
