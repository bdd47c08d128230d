--- What a node's nft ruleset does to one packet: the first thing that ends its way, and where it stands.
-- Follows libnftables-json(5). It knows what people filter by (addresses, protocols, ports, interfaces,
-- connection state, marks) and says "perhaps" of the rest rather than guessing.
local ip = require "netlua.ip"

local M = {}

local YES, NO, PERHAPS = "yes", "no", "perhaps"

-- --- values -------------------------------------------------------------------------------------------------

local function in_prefix(prefix, address)
  local bytes, net = ip.parse(address), ip.parse(prefix.addr)
  return bytes and net and ip.contains(net, prefix.len, bytes)
end

local function compare(a, b)
  local x, y = ip.parse(tostring(a)), ip.parse(tostring(b))
  if x and y then return x < y and -1 or x > y and 1 or 0 end
  x, y = tonumber(a), tonumber(b)
  if x and y then return x < y and -1 or x > y and 1 or 0 end
  return a == b and 0 or nil
end

local function matches(have, want, sets)
  if type(want) == "table" then
    if want.prefix then return in_prefix(want.prefix, tostring(have)) and YES or NO end
    if want.range then
      local low, high = compare(have, want.range[1]), compare(have, want.range[2])
      if not low or not high then return PERHAPS end
      return low >= 0 and high <= 0 and YES or NO
    end
    local elements = want.set or want
    if #elements > 0 then
      local result = NO
      for _, element in ipairs(elements) do
        local value = type(element) == "table" and element.elem and element.elem.val or element
        local found = matches(have, value, sets)
        if found == YES then return YES end
        if found == PERHAPS then result = PERHAPS end
      end
      return result
    end
    return PERHAPS
  end
  if type(want) == "string" and want:sub(1, 1) == "@" then
    local set = sets[want:sub(2)]
    if not set then return PERHAPS end
    return set.elem and matches(have, { set = set.elem }, sets) or NO
  end
  local order = compare(have, want)
  if order == nil then
    -- "eth*" in a ruleset is a prefix of names.
    if type(want) == "string" and want:sub(-1) == "*" and type(have) == "string" then
      return have:sub(1, #want - 1) == want:sub(1, -2) and YES or NO
    end
    return NO
  end
  return order == 0 and YES or NO
end

-- --- expressions --------------------------------------------------------------------------------------------

-- What an expression on the left of a match is for this packet; nil when that is not known here.
local function value_of(left, packet)
  if left.payload then
    local protocol, field = left.payload.protocol, left.payload.field
    if packet.family == "arp" then
      if protocol ~= "arp" and protocol ~= "ether" then return nil, NO end
      return nil
    end
    local family = packet.family == "inet" and "ip" or "ip6"
    if protocol == "ip" or protocol == "ip6" then
      if protocol ~= family then return nil, NO end
      if field == "saddr" then return packet.src end
      if field == "daddr" then return packet.dst end
      if field == "protocol" or field == "nexthdr" then return packet.proto end
      if field == "ttl" or field == "hoplimit" then return packet.ttl end
      return nil
    end
    if protocol == "tcp" or protocol == "udp" or protocol == "th" then
      if protocol ~= "th" and protocol ~= packet.proto then return nil, NO end
      if packet.proto ~= "tcp" and packet.proto ~= "udp" then return nil, NO end
      if field == "sport" then return packet.sport end
      if field == "dport" then return packet.dport end
      return nil
    end
    if protocol == "icmp" or protocol == "icmpv6" then
      if protocol ~= (packet.proto == "ipv6-icmp" and "icmpv6" or packet.proto) then return nil, NO end
      if field == "type" then return packet.icmp_type or packet.reply and "echo-reply" or "echo-request" end
      return nil
    end
    return nil
  end
  if left.meta then
    local key = left.meta.key
    if key == "iifname" or key == "iif" then return packet.iif or "" end
    if key == "oifname" or key == "oif" then return packet.oif or "" end
    if key == "l4proto" then return packet.proto end
    if key == "nfproto" then return packet.family == "inet" and "ipv4" or "ipv6" end
    if key == "protocol" then return packet.family == "inet" and "ip" or "ip6" end
    if key == "mark" then return packet.mark or 0 end
    if key == "length" then return packet.size end
    return nil
  end
  if left.ct and left.ct.key == "state" then return packet.ct_state or packet.reply and "established" or "new" end
  return nil
end

local protocols = { icmp = { 1 }, tcp = { 6 }, udp = { 17 }, ["ipv6-icmp"] = { "icmpv6", 58 } }

-- Protocols go by several names, and by number where the machine has no /etc/protocols.
local function same(have, want, packet, sets)
  local result = matches(have, want, sets)
  for _, name in ipairs(result == NO and have == packet.proto and protocols[have] or {}) do
    if matches(name, want, sets) == YES then result = YES end
  end
  return result
end

local function evaluate_match(match, packet, sets)
  local have, sure = value_of(match.left, packet)
  if sure then return sure end
  if have == nil then return PERHAPS end
  local result
  if match.op == "<" or match.op == ">" or match.op == "<=" or match.op == ">=" then
    local order = compare(have, match.right)
    if not order then return PERHAPS end
    local holds = (match.op == "<" and order < 0) or (match.op == ">" and order > 0)
      or (match.op == "<=" and order <= 0) or (match.op == ">=" and order >= 0)
    return holds and YES or NO
  end
  result = same(have, match.right, packet, sets)
  if match.op == "!=" then
    return result == YES and NO or result == NO and YES or PERHAPS
  end
  return result
end

-- --- chains -------------------------------------------------------------------------------------------------

local run_chain

local words = { "accept", "drop", "reject", "return" }

-- What a verdict means, be it a statement or in a map: "accept", … or nil (go on), whether that is sure, the rule it
-- was, and the statement that translates.
local function carry_out(verdict, sure, rule, packet, context)
  for _, word in ipairs(words) do
    if verdict[word] ~= nil then return word, sure, rule end
  end
  local to = verdict.jump or verdict["goto"]
  if not to then return nil end
  local found, inner_sure, by, translation = run_chain(context.chains[to.target], packet, context)
  if found then return found, sure and inner_sure, by, translation end
  if verdict["goto"] then return "return", sure, rule end
end

-- What a map of verdicts says for the packet: a verdict, or nil; false when that is not known here.
local function looked_up(vmap, packet, sets)
  local have, sure = value_of(vmap.key, packet)
  if sure == NO then return nil end
  local map = type(vmap.data) == "string" and sets[vmap.data:sub(2)] or vmap.data
  local elements = map and (map.set or map.elem)
  if have == nil or type(elements) ~= "table" then return false end
  for _, pair in ipairs(elements) do
    local key = type(pair[1]) == "table" and pair[1].elem and pair[1].elem.val or pair[1]
    if same(have, key, packet, sets) == YES then return pair[2] end
  end
end

-- One rule, as carry_out tells it.
local function run_rule(rule, packet, context)
  local sure = true
  for _, statement in ipairs(rule.expr or {}) do
    local verdict = statement
    if statement.match then
      local result = evaluate_match(statement.match, packet, context.sets)
      if result == NO then return nil end
      if result == PERHAPS then sure = false end
    elseif statement.limit or statement.quota then
      -- One packet exceeds no limit.
      if (statement.limit or statement.quota).inv then return nil end
    elseif statement.mangle then
      local key, value = statement.mangle.key, tonumber(statement.mangle.value)
      if sure and value and key.meta and key.meta.key == "mark" then packet.mark = value end
    elseif statement.dnat or statement.snat or statement.redirect ~= nil or statement.masquerade ~= nil then
      return "translate", sure, rule, statement
    elseif statement.vmap then
      verdict = looked_up(statement.vmap, packet, context.sets)
      if verdict == false then context.doubt = true end
    end
    local found, certain, by, translation = carry_out(verdict or {}, sure, rule, packet, context)
    if found then return found, certain, by, translation end
  end
  return nil
end

function run_chain(chain, packet, context)
  if not chain or context.depth > 16 then return nil end
  context.depth = context.depth + 1
  for _, rule in ipairs(chain.rules) do
    local verdict, sure, by, translation = run_rule(rule, packet, context)
    if verdict == "return" and sure then break end
    -- A rule that only perhaps lets something through decides nothing; one that perhaps drops is told.
    if verdict and (sure or verdict == "drop" or verdict == "reject") then
      context.depth = context.depth - 1
      return verdict, sure and not context.doubt, by, translation
    end
    if verdict then context.doubt = true end
  end
  context.depth = context.depth - 1
end

-- The families whose chains see the packet at each layer.
local layers = {
  inet = { ip = true, inet = true }, inet6 = { ip6 = true, inet = true },
  device = { netdev = true, inet = true }, bridge = { bridge = true }, arp = { arp = true },
}

-- Tables of a ruleset with their chains, rules and sets.
local function tables_of(ruleset, layer)
  local wanted, tables = layers[layer], {}
  local function at(object)
    if not wanted[object.family] then return nil end
    local key = object.family .. " " .. (object.table or object.name)
    tables[key] = tables[key] or { chains = {}, sets = {}, name = key }
    return tables[key]
  end
  for _, object in ipairs(ruleset) do
    if object.table then at(object.table) end
    local set = object.set or object.map
    if set and at(set) then at(set).sets[set.name] = set end
    if object.chain and at(object.chain) then
      object.chain.rules = {}
      at(object.chain).chains[object.chain.name] = object.chain
    end
  end
  for _, object in ipairs(ruleset) do
    local rule = object.rule
    local place = rule and at(rule)
    if place and place.chains[rule.chain] then
      table.insert(place.chains[rule.chain].rules, rule)
    end
  end
  return tables
end

-- The base chains at a hook in the order in which they see a packet.
local function chains_at(ruleset, layer, hook, is_nat)
  local base = {}
  for _, tab in pairs(tables_of(ruleset, layer)) do
    for _, chain in pairs(tab.chains) do
      if chain.hook == hook and (chain.type == "nat") == is_nat then
        base[#base + 1] = { chain = chain, tab = tab }
      end
    end
  end
  table.sort(base, function(a, b)
    local x, y = tonumber(a.chain.prio) or 0, tonumber(b.chain.prio) or 0
    if x ~= y then return x < y end
    return (a.chain.handle or 0) < (b.chain.handle or 0)
  end)
  return base
end

-- Does a device's chain see what passes this one? nft 1.0.6 does not tell the device: then it perhaps does.
local function of_device(chain, device)
  local devices = chain.dev
  if not devices then return PERHAPS end
  for _, name in ipairs(type(devices) == "table" and devices or { devices }) do
    if name == device then return YES end
  end
  return NO
end

---@class netlua.why.Filtered
---@field verdict "drop"|"reject"
---@field sure boolean
---@field where string "chain forward of table inet filter, policy drop"

--- Does the ruleset end the packet's way at this hook? Marks that it sets are set in the packet.
---@param ruleset table[] the objects of nft's JSON
---@param hook "prerouting"|"input"|"forward"|"output"|"postrouting"|"ingress"|"egress"
---@param packet table
---@param layer? "device"|"bridge"|"arp" default: the packet's family
---@return netlua.why.Filtered?
function M.verdict(ruleset, hook, packet, layer)
  for _, entry in ipairs(chains_at(ruleset, layer or packet.family, hook, false)) do
    local chain, tab = entry.chain, entry.tab
    local seen = layer == "device" and of_device(chain, packet.iif or packet.oif) or YES
    local context = { chains = tab.chains, sets = tab.sets, depth = 0, doubt = seen == PERHAPS }
    local verdict, sure, rule
    if seen ~= NO then verdict, sure, rule = run_chain(chain, packet, context) end
    local place = ("chain %s of table %s"):format(chain.name, tab.name)
    if seen ~= NO and not verdict and chain.policy == "drop" then
      return { verdict = "drop", sure = not context.doubt, where = place .. ", policy drop" }
    end
    if verdict == "drop" or verdict == "reject" then
      return { verdict = verdict, sure = sure ~= false,
               where = place .. (rule and rule.handle and (", rule with handle %d"):format(rule.handle) or "") }
    end
  end
end

--- What the ruleset's NAT does to the first packet of a conversation at this hook: a statement of nft's JSON.
---@param ruleset table[]
---@param hook "prerouting"|"output"|"postrouting"|"input"
---@param packet table
---@return table? statement dnat, snat, redirect or masquerade
function M.translation(ruleset, hook, packet)
  for _, entry in ipairs(chains_at(ruleset, packet.family, hook, true)) do
    local context = { chains = entry.tab.chains, sets = entry.tab.sets, depth = 0 }
    local verdict, _, _, statement = run_chain(entry.chain, packet, context)
    if verdict == "translate" then return statement end
  end
end

return M
