--- netlua.why(from, to): follows a packet and its answer hop by hop and says in one sentence where and why it
--- ends. Everything is read from the kernel's tables as they are now; nothing is sent.
local core = require "netlua.core"
local ip = require "netlua.ip"
local Walk = require "netlua.why.walk"

local M = {}

---@class netlua.Account
---@field ok boolean nothing stands in the way
---@field verdict string "reachable", or what ends the packet's way: "no route", "forwarding is off", …
---@field sentence string where and why, for people
---@field at? netlua.Node where it ends
---@field direction "forward"|"reply" whose way it is
---@field steps { node: netlua.Node, text: string }[]
local Account = {}
Account.__index = Account
Account.__name = "netlua.Account"

function Account:__tostring()
  local lines = {}
  local width = 0
  for _, step in ipairs(self.steps) do
    local n = utf8.len(step.node.name) or #step.node.name
    if n > width then width = n end
  end
  local direction
  for _, step in ipairs(self.steps) do
    if step.direction ~= direction then
      direction = step.direction
      lines[#lines + 1] = direction == "forward" and ("%s -> %s"):format(self.src, self.dst)
        or ("and back, %s -> %s"):format(self.dst, self.src)
    end
    local n = utf8.len(step.node.name) or #step.node.name
    lines[#lines + 1] = ("  %s%s  %s"):format(step.node.name, (" "):rep(width - n), step.text)
  end
  lines[#lines + 1] = (self.ok and "" or self.verdict .. ": ") .. self.sentence
  return table.concat(lines, "\n")
end

-- --- the question ---------------------------------------------------------------------------------------------

---@class netlua.why.Opts
---@field family? "inet"|"inet6" default: IPv4 where both have it
---@field proto? "icmp"|"tcp"|"udp" default: icmp, what ping sends; with a port tcp
---@field port? integer destination port (tcp, udp)
---@field size? integer bytes of the whole packet, default 84 (ping's)
---@field df? boolean don't fragment
---@field mark? integer
---@field nodes? netlua.Netns[] the namespaces it may pass, where there is no lab

local function misuse(field, fmt, ...)
  core.raise(core.error_new { op = "why", field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

local known = { family = true, proto = true, port = true, size = true, df = true, mark = true, nodes = true }

-- The address that stands for `to`, and the node when it is one.
local function target_of(walk, from, to, family)
  if type(to) == "string" then
    if ip.parse(to) then
      local owner = walk:owners(to)[1]
      return to, owner and owner.node
    end
    local lab = rawget(from, "lab")
    to = lab and lab.by_name[to] or misuse("to", "there is no node '%s'", to)
  end
  if type(to) ~= "table" or not to.core then misuse("to", "expected a node or an address, got %s", type(to)) end
  local address = to.address and to:address(family, from) or walk:facts(to):first_address(family)
  -- The drawing's address may have been taken away since: then there is nobody to answer.
  return address, to
end

--- Follows a packet from one node to another, and the answer, and says where and why the way ends.
---
---     print(netlua.why(pc, server))
---@param from netlua.Node|netlua.Netns
---@param to netlua.Node|netlua.Netns|string a node, its name, or an address
---@param opts? netlua.why.Opts
---@return netlua.Account
function M.why(from, to, opts)
  opts = opts or {}
  for key in pairs(opts) do
    if not known[key] then misuse("options", "%s", core.unknown_key(key, known)) end
  end
  if opts.proto ~= nil and opts.proto ~= "icmp" and opts.proto ~= "tcp" and opts.proto ~= "udp" then
    misuse("proto", "expected icmp, tcp or udp, got %s", tostring(opts.proto))
  end
  local lab = type(from) == "table" and rawget(from, "lab") or nil
  if type(from) == "string" or type(from) ~= "table" or not from.core then
    misuse("from", "expected a node, got %s", tostring(from))
  end
  local nodes = opts.nodes or lab and lab.nodes or { from, type(to) == "table" and to or nil }
  local account = setmetatable({ ok = true, verdict = "reachable", steps = {}, direction = "forward" }, Account)
  local walk = Walk.new(nodes, account)
  local family = opts.family or "inet"
  local dst, end_node = target_of(walk, from, to, family)
  if not dst and not opts.family then
    family = "inet6"
    dst, end_node = target_of(walk, from, to, family)
  end
  -- A node that has no address goes by its name.
  account.src, account.dst = from.name, dst or end_node.name
  if not dst then
    walk:stop(end_node, "no address", "it has no %s address", opts.family == "inet" and "IPv4" or opts.family and "IPv6" or "IP")
    return account
  end
  family = #ip.parse(dst) == 4 and "inet" or "inet6"
  -- Only TCP and UDP have ports, and who says nothing else means TCP.
  local proto = opts.proto or opts.port and "tcp" or "icmp"
  if proto == "icmp" and family == "inet6" then proto = "ipv6-icmp" end
  local ttl = family == "inet" and walk:facts(from):sysctl_number "net.ipv4.ip_default_ttl"
    or walk:facts(from):sysctl_number "net.ipv6.conf.all.hop_limit"
  local packet = {
    dst = dst, family = family, proto = proto, dport = opts.port, sport = opts.port and 49152, mark = opts.mark,
    size = opts.size or 84, df = opts.df, ttl = ttl, start_ttl = ttl,
  }
  -- The source is what the kernel would choose on this way.
  local route, err = walk:facts(from):route(dst, { mark = opts.mark })
  if not route then
    local first = walk:facts(from):first_address(family)
    account.src = first or from.name
    if not first then
      walk:stop(from, "no address", "it has no %s address", family == "inet" and "IPv4" or "IPv6")
    else
      walk:no_route(from, packet, err)
    end
    return account
  end
  packet.src = route.prefsrc or walk:facts(from):first_address(family)
  account.src = packet.src or from.name
  if not packet.src then
    walk:stop(from, "no address", "it has no %s address", family == "inet" and "IPv4" or "IPv6")
    return account
  end
  local reached = walk:follow(from, packet)
  if not reached then return account end
  local translated = next(walk.translations) ~= nil
  if type(end_node) == "table" and reached ~= end_node and not translated and rawget(end_node, "lab") ~= lab then
    walk:stop(reached, "another lab", "it has the address %s here: %s is a node of another lab", dst, end_node.name)
    return account
  end
  if type(end_node) == "table" and reached ~= end_node and not translated then
    walk:stop(reached, "duplicate address", "%s is this node's address too: %s was meant", dst, end_node.name)
    return account
  end
  account.direction = "reply"
  local back_ttl = family == "inet" and walk:facts(reached):sysctl_number "net.ipv4.ip_default_ttl"
    or walk:facts(reached):sysctl_number "net.ipv6.conf.all.hop_limit"
  local answer = {
    src = packet.dst, dst = packet.src, family = family, proto = proto, dport = packet.sport, sport = packet.dport,
    -- The kernel lets its answers to ping be cut on their way.
    size = opts.size or 84, df = opts.df and proto ~= "icmp", ttl = back_ttl, start_ttl = back_ttl, reply = true,
  }
  local back = walk:follow(reached, answer)
  if not back then return account end
  if back ~= from then
    walk:stop(back, "duplicate address", "%s is this node's address too: %s was meant", packet.src, from.name)
    return account
  end
  if translated and answer.src ~= dst and opts.port then
    walk:stop(back, "answer from another address", "the answer comes from %s, which it never asked", answer.src)
    return account
  end
  account.direction = "forward"
  account.sentence = ("%s reaches %s, and the answer comes back"):format(from.name,
    translated and reached.name or end_node and end_node.name or dst)
  return account
end

return M
