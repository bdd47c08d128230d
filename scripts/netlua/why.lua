--- netlua.why(from, to): follows a packet and its answer hop by hop and says in one sentence where and why it
--- ends. Everything is read from the kernel's tables as they are now; nothing is sent.
local core = require "netlua.core"
local ip = require "netlua.ip"
local Facts = require "netlua.why.facts"

local M = {}

-- A path longer than this is a loop that the check for repeated nodes has missed.
local MOST_HOPS = 260

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

-- --- the walk -----------------------------------------------------------------------------------------------

---@class netlua.why.Walk
local Walk = {}
Walk.__index = Walk

function Walk:facts(node)
  local facts = self.known[node]
  if not facts then
    facts = Facts.new(node)
    self.known[node] = facts
  end
  return facts
end

function Walk:note(node, fmt, ...)
  local steps = self.account.steps
  steps[#steps + 1] = { node = node, text = fmt:format(...), direction = self.account.direction }
end

-- The end of the way. Returns false, so that `return self:stop(…)` reads as one thought.
function Walk:stop(node, verdict, fmt, ...)
  local account = self.account
  local text = fmt:format(...)
  self:note(node, "%s", text)
  account.ok, account.verdict, account.at = false, verdict, node
  account.sentence = ("%s: %s%s"):format(node.name, text,
    account.direction == "reply" and " (on the way back)" or "")
  return false
end

-- Who on earth has this address: nodes and their links.
function Walk:owners(address)
  local list = {}
  for _, node in ipairs(self.nodes) do
    if node.kind ~= "switch" then
      local link = self:facts(node):owner(address)
      if link then list[#list + 1] = { node = node, link = link } end
    end
  end
  return list
end

local function flags_of(link)
  local set = {}
  for _, flag in ipairs(link.flags) do set[flag] = true end
  return set
end

-- Not operstate, which the kernel brings up to date a little later (up to a second, when it is busy).
local function has_carrier(link)
  local flags = flags_of(link)
  return flags.UP and flags.LOWER_UP
end

local function iface_of(node, name)
  for _, iface in ipairs(rawget(node, "ifaces") or {}) do
    if iface.name == name then return iface end
  end
end

-- Is there a way over wires and switches between two interfaces? nil when the drawing does not tell; else
-- true, or false with the switch and the sentence.
function Walk:wired(from, to)
  if not from or not to then return nil end
  local seen, queue = { [from] = true }, { from }
  local blocked
  while #queue > 0 do
    local iface = table.remove(queue, 1)
    local peer = iface.peer
    if peer == to then return true end
    local switch = peer.node
    if switch.kind == "switch" and not seen[peer] then
      seen[peer] = true
      local facts = self:facts(switch)
      local function closed(port)
        local link = facts:link(port.name)
        if not link then return ("%s is gone"):format(port.name) end
        if not has_carrier(link) then return ("its port %s is down"):format(port.name) end
        if not link.master then return ("its port %s belongs to no bridge"):format(port.name) end
        local bridge = facts:link(link.master)
        if bridge and not flags_of(bridge).UP then return ("its bridge %s is down"):format(link.master) end
        local slave = link.linkinfo and link.linkinfo.info_slave_data
        if slave and slave.state and slave.state ~= "forwarding" then
          return ("its port %s is %s"):format(port.name, slave.state)
        end
      end
      local reason = closed(peer)
      if reason then
        blocked = blocked or { node = switch, reason = reason }
      else
        for _, port in ipairs(switch.ifaces) do
          if port ~= peer and not seen[port] then
            local out = closed(port)
            seen[port] = true
            if not out then
              queue[#queue + 1] = port
            elseif port.peer == to or port.peer.node.kind == "switch" then
              blocked = blocked or { node = switch, reason = out }
            end
          end
        end
      end
    end
  end
  return false, blocked
end

function Walk:filtered(node, hook, packet)
  local ruleset = self:facts(node):ruleset()
  if not ruleset then return false end
  local found = require("netlua.why.filter").verdict(ruleset, hook, packet)
  if not found then return false end
  local verb = found.verdict == "drop" and "dropped" or "rejected"
  self:stop(node, verb .. " by filter", "nft %s%s it at %s: %s", found.sure and "" or "perhaps ",
    found.verdict == "drop" and "drops" or "rejects", hook, found.where)
  return true
end

-- --- one hop ------------------------------------------------------------------------------------------------

local by_errno = {
  EHOSTUNREACH = { "unreachable route", "a route or rule makes %s unreachable" },
  EACCES = { "prohibited route", "a route or rule prohibits the way to %s" },
  EINVAL = { "blackhole route", "a route or rule drops what goes to %s (blackhole)" },
}

-- Explains why a lookup found no way.
function Walk:no_route(node, packet, err)
  local known = by_errno[err.code]
  -- EINVAL is also what the kernel says of a source that cannot be (a martian).
  if err.code == "EINVAL" then
    local route = self:facts(node):route(packet.dst, { fibmatch = true })
    if route and route.type == "unicast" then known = nil end
  end
  if known then
    -- A reply that is refused on purpose is told as what it is, not as a way that is missing.
    return self:stop(node, known[1], known[2], packet.dst)
  end
  local verdict = self.account.direction == "reply" and "no reply path" or "no route"
  return self:stop(node, verdict, "it has no route to %s", packet.dst)
end

-- The rule by which the route was chosen, when it is not the ordinary one.
local function rule_text(route)
  if route.table and route.table ~= "main" and route.table ~= "local" and route.table ~= "default" then
    return (" (table %s)"):format(route.table)
  end
  return ""
end

-- Checks the interface a packet leaves by.
function Walk:leave(node, packet, dev)
  local link = self:facts(node):link(dev)
  if not link then return self:stop(node, "no such interface", "%s is not there", dev) end
  if not flags_of(link).UP then return self:stop(node, "link is down", "%s is down", dev) end
  if not has_carrier(link) then
    return self:stop(node, "no carrier", "%s has no carrier: the other end is down", dev)
  end
  if packet.size > link.mtu then
    if packet.forwarded and packet.family == "inet" and not packet.df then return link end
    return self:stop(node, "packet too big", "%d bytes do not fit the MTU %d of %s", packet.size, link.mtu, dev)
  end
  return link
end

-- Whose interface the next hop is, and whether it can be reached over the wire.
function Walk:next_node(node, packet, dev, hop, direct)
  local mine = iface_of(node, dev)
  local owners = self:owners(hop)
  local reached, blocked
  for _, owner in ipairs(owners) do
    local theirs = iface_of(owner.node, owner.link.ifname)
    local wired, why_not = self:wired(mine, theirs)
    if wired ~= false then
      if reached then
        return self:stop(node, "duplicate address", "%s is there twice: at %s and at %s", hop, reached.node.name,
          owner.node.name)
      end
      reached = owner
    end
    blocked = blocked or why_not
  end
  local entry = self:facts(node):neigh(hop, dev)
  if not reached and blocked then
    return self:stop(blocked.node, "switch does not forward", "%s", blocked.reason)
  end
  if not reached then
    if direct then
      local elsewhere = owners[1]
      if elsewhere then
        return self:stop(node, "not on the link", "it looks for %s on %s itself (prefix length?), but %s is elsewhere",
          hop, dev, elsewhere.node.name)
      end
      return self:stop(node, "nobody has that address", "nobody on %s has %s", dev, hop)
    end
    return self:stop(node, "no such next hop", "nobody on %s has the gateway's address %s", dev, hop)
  end
  if entry and entry.lladdr then
    local states = {}
    for _, state in ipairs(entry.state or {}) do states[state] = true end
    if entry.lladdr ~= reached.link.address and (states.PERMANENT or states.NOARP or states.REACHABLE) then
      return self:stop(node, "wrong neighbour entry", "its neighbour entry for %s says %s, but %s of %s is %s", hop,
        entry.lladdr, reached.link.ifname, reached.node.name, reached.link.address)
    end
  elseif not entry or not entry.lladdr then
    if flags_of(reached.link).NOARP then
      return self:stop(reached.node, "does not answer ARP", "%s has ARP switched off", reached.link.ifname)
    end
    local theirs = self:facts(reached.node)
    local ignore = math.max(theirs:sysctl_number "net.ipv4.conf.all.arp_ignore",
      theirs:sysctl_number("net/ipv4/conf/" .. reached.link.ifname .. "/arp_ignore"))
    if packet.family == "inet" and ignore >= 8 then
      return self:stop(reached.node, "does not answer ARP", "arp_ignore is %d", ignore)
    end
  end
  return reached
end

-- The packet comes in: what may end it before any route is asked.
function Walk:arrive(node, packet, link)
  local facts = self:facts(node)
  if not flags_of(link).UP then return self:stop(node, "link is down", "%s is down", link.ifname) end
  if packet.family == "inet6" then
    if facts:sysctl("net/ipv6/conf/" .. link.ifname .. "/disable_ipv6") == "1" then
      return self:stop(node, "IPv6 is off", "disable_ipv6 is set on %s", link.ifname)
    end
  end
  packet.iif, packet.oif = link.ifname, nil
  if self:filtered(node, "prerouting", packet) then return false end
  if packet.family == "inet" then
    local mode = math.max(facts:sysctl_number "net.ipv4.conf.all.rp_filter",
      facts:sysctl_number("net/ipv4/conf/" .. link.ifname .. "/rp_filter"))
    if mode > 0 then
      local back = facts:route(packet.src)
      if not back or (mode == 1 and back.dev ~= link.ifname) then
        return self:stop(node, "dropped by reverse path filter",
          "rp_filter is %d: %s came in on %s, but its way back is %s", mode, packet.src, link.ifname,
          back and "over " .. tostring(back.dev) or "unknown")
      end
    end
  end
  return true
end

function Walk:deliver(node, packet)
  local facts = self:facts(node)
  if self:filtered(node, "input", packet) then return false end
  if not packet.reply then
    if packet.proto == "icmp" and facts:sysctl "net.ipv4.icmp_echo_ignore_all" == "1" then
      return self:stop(node, "echo is ignored", "net.ipv4.icmp_echo_ignore_all is set")
    end
    if packet.proto == "ipv6-icmp" and facts:sysctl "net.ipv6.icmp.echo_ignore_all" == "1" then
      return self:stop(node, "echo is ignored", "net.ipv6.icmp.echo_ignore_all is set")
    end
    if packet.dport and (packet.proto == "tcp" or packet.proto == "udp")
      and not core.check(node.core:port_open(packet.proto, packet.dport)) then
      return self:stop(node, "nobody listens", "nobody listens on %s port %d", packet.proto, packet.dport)
    end
  end
  self:note(node, "it is for this node")
  return true
end

-- Follows one packet from a node to the node that has its destination.
function Walk:follow(node, packet)
  local visited = {}
  for hop = 0, MOST_HOPS do
    local facts = self:facts(node)
    if facts:owner(packet.dst) then
      local link, info = facts:owner(packet.dst)
      if info.tentative or info.dadfailed then
        return self:stop(node, "address is tentative", "%s on %s is not usable: duplicate address detection %s",
          packet.dst, link.ifname, info.dadfailed and "has failed" or "is under way")
      end
      return self:deliver(node, packet) and node
    end
    if hop > 0 then
      local key = packet.family == "inet" and "net.ipv4.ip_forward" or "net.ipv6.conf.all.forwarding"
      local per_link = ("net/%s/conf/%s/forwarding"):format(packet.family == "inet" and "ipv4" or "ipv6", packet.iif)
      local on = packet.family == "inet" and facts:sysctl(per_link) or facts:sysctl(key)
      if on ~= "1" then
        return self:stop(node, "forwarding is off", "it is not for this node, and %s is 0",
          facts:sysctl(key) == "1" and per_link or key)
      end
      packet.ttl = packet.ttl - 1
      if packet.ttl <= 0 then
        return self:stop(node, "TTL is used up", "its TTL of %d is used up after %d hops", packet.start_ttl, hop)
      end
      packet.forwarded = true
    end
    if visited[node] then
      return self:stop(node, "routing loop", "it comes by for the second time: the routes to %s go in a circle",
        packet.dst)
    end
    visited[node] = true
    -- A lookup with the incoming interface also asks what the kernel would refuse; the plain one is what
    -- is told.
    local query = { mark = packet.mark }
    if hop > 0 then
      query.from, query.iif = packet.src, packet.iif
    elseif packet.src then
      query.from = packet.src
    end
    local route, err = facts:route(packet.dst, query)
    if not route and err.code == "EXDEV" then
      -- The reverse path filter's word, of which arrive() has told already what there is to tell.
      route, err = facts:route(packet.dst, { mark = packet.mark })
    end
    if not route then return self:no_route(node, packet, err) end
    if route.type == "blackhole" or route.type == "unreachable" or route.type == "prohibit" then
      local code = { blackhole = "EINVAL", unreachable = "EHOSTUNREACH", prohibit = "EACCES" }
      return self:no_route(node, packet, { code = code[route.type] })
    end
    local dev, via = route.dev, route.gateway or (route.via and route.via.host)
    packet.oif = dev
    if hop == 0 then
      packet.iif = nil
      if self:filtered(node, "output", packet) then return false end
    elseif self:filtered(node, "forward", packet) then
      return false
    end
    if not self:leave(node, packet, dev) then return false end
    if self:filtered(node, "postrouting", packet) then return false end
    self:note(node, "%s%s dev %s%s", packet.dst, via and " via " .. via or "", dev, rule_text(route))
    local reached = self:next_node(node, packet, dev, via or packet.dst, not via)
    if not reached then return false end
    if not self:arrive(reached.node, packet, reached.link) then return false end
    node = reached.node
  end
  return self:stop(node, "routing loop", "it never arrives")
end

-- --- the question ---------------------------------------------------------------------------------------------

---@class netlua.why.Opts
---@field family? "inet"|"inet6" default: IPv4 where both have it
---@field proto? "icmp"|"tcp"|"udp" default: icmp, what ping sends
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
  local lab = type(from) == "table" and rawget(from, "lab") or nil
  if type(from) == "string" or type(from) ~= "table" or not from.core then
    misuse("from", "expected a node, got %s", tostring(from))
  end
  local nodes = opts.nodes or lab and lab.nodes or { from, type(to) == "table" and to or nil }
  local account = setmetatable({ ok = true, verdict = "reachable", steps = {}, direction = "forward" }, Account)
  local walk = setmetatable({ nodes = nodes, known = {}, account = account }, Walk)
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
  local proto = opts.proto or "icmp"
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
  if type(end_node) == "table" and reached ~= end_node then
    walk:stop(reached, "duplicate address", "%s is this node's address too: %s was meant", dst, end_node.name)
    return account
  end
  account.direction = "reply"
  local back_ttl = family == "inet" and walk:facts(reached):sysctl_number "net.ipv4.ip_default_ttl"
    or walk:facts(reached):sysctl_number "net.ipv6.conf.all.hop_limit"
  local answer = {
    src = dst, dst = packet.src, family = family, proto = proto, dport = packet.sport, sport = packet.dport,
    size = packet.size, df = packet.df, ttl = back_ttl, start_ttl = back_ttl, reply = true,
  }
  local back = walk:follow(reached, answer)
  if not back then return account end
  if back ~= from then
    walk:stop(back, "duplicate address", "%s is this node's address too: %s was meant", packet.src, from.name)
    return account
  end
  account.direction = "forward"
  account.sentence = ("%s reaches %s, and the answer comes back"):format(from.name,
    end_node and end_node.name or dst)
  return account
end

return M
