--- A packet's way through the kernel's tables, hop by hop, until something ends it.
local core = require "netlua.core"
local ip = require "netlua.ip"
local Facts = require "netlua.why.facts"
local nat = require "netlua.why.nat"
local wire = require "netlua.why.wire"

local flags_of, has_carrier = wire.flags_of, wire.has_carrier

-- A path longer than this is a loop that the check for repeated nodes has missed.
local MOST_HOPS = 260

---@class netlua.why.Walk
---@field nodes netlua.Netns[] those it may pass
---@field account netlua.Account
---@field translations table<netlua.Netns, table[]> what NAT has done: see nat.lua
local Walk = {}
Walk.__index = Walk

function Walk.new(nodes, account)
  return setmetatable({ nodes = nodes, account = account, known = {}, translations = {} }, Walk)
end

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
  if not self.by_address then
    self.by_address = {}
    for _, node in ipairs(self.nodes) do
      local seen = {}
      for _, link in pairs(node.kind ~= "switch" and not node.core:closed() and self:facts(node):links() or {}) do
        for _, info in ipairs(link.addr_info) do
          local text = info["local"]
          if text and not seen[text] then
            seen[text] = true
            self.by_address[text] = self.by_address[text] or {}
            table.insert(self.by_address[text], { node = node, link = self:facts(node):owner(text) })
          end
        end
      end
    end
  end
  return self.by_address[address] or {}
end

-- What a node's nft ruleset ends at a hook: see netlua.why.filter.
function Walk:drops(node, hook, packet, layer)
  local ruleset = self:facts(node):ruleset()
  return ruleset and require("netlua.why.filter").verdict(ruleset, hook, packet, layer)
end

function Walk:filtered(node, hook, packet, layer, what)
  local found = self:drops(node, hook, packet, layer)
  if not found then return false end
  local verb = found.verdict == "drop" and "dropped" or "rejected"
  self:stop(node, verb .. " by filter", "nft %s%s %s at %s: %s", found.sure and "" or "perhaps ",
    found.verdict == "drop" and "drops" or "rejects", what or "it", hook, found.where)
  return true
end

-- --- one hop ------------------------------------------------------------------------------------------------

local by_errno = {
  EHOSTUNREACH = { "unreachable route", "a route or rule makes %s unreachable" },
  EACCES = { "prohibited route", "a route or rule prohibits the way to %s" },
  EINVAL = { "blackhole route", "a route or rule drops what goes to %s (blackhole)" },
}

-- With an interface that is down the routes over it are gone, too: the one over which the lab's drawing leads to an
-- address, when that is the matter.
function Walk:down_on_the_way(node, packet)
  local dst = ip.parse(packet.dst)
  local out, longest = nil, -1
  local function leads(iface, bytes, length)
    if length > longest and ip.contains(bytes, length, dst) then out, longest = iface, length end
  end
  for _, iface in ipairs(rawget(node, "ifaces") or {}) do
    local addr = iface.addrs[packet.family]
    if addr then leads(iface, addr.bytes, addr.length) end
  end
  local routes = rawget(node, "routes")
  for _, route in ipairs(routes and routes[packet.family] or {}) do
    if not route.default then
      leads(route.out, route.bytes, route.length)
    elseif longest < 0 then
      out, longest = route.out, 0
    end
  end
  local link = out and self:facts(node):link_of(out)
  if link and not flags_of(link).UP then return link end
end

-- Explains why a lookup found no way.
function Walk:no_route(node, packet, err)
  local facts = self:facts(node)
  local known = by_errno[err.code]
  local rule = facts:refusing_rule(packet)
  if rule then known = by_errno[rule] end
  -- EINVAL is also what the kernel says of a source that cannot be (a martian).
  if err.code == "EINVAL" and not rule and not err.told then
    local route = facts:route(packet.dst, { fibmatch = true })
    if route and route.type == "unicast" then
      local own = packet.iif and packet.src and facts:owner(packet.src)
      return self:stop(node, "impossible source", "it takes no packet from %s%s",
        packet.src or "the source that the route names", own and ", which is its own address" or "")
    end
  end
  if known then
    -- A reply that is refused on purpose is told as what it is, not as a way that is missing.
    return self:stop(node, known[1], known[2], packet.dst)
  end
  local verdict = self.account.direction == "reply" and "no reply path" or "no route"
  local down = self:down_on_the_way(node, packet)
  return self:stop(node, verdict, "it has no route to %s%s", packet.dst,
    down and (": %s, which leads there, is down"):format(down.ifname) or "")
end

-- The rule by which the route was chosen, when it is not the ordinary one.
local function rule_text(route)
  if route.table and route.table ~= "main" and route.table ~= "local" and route.table ~= "default" then
    return (" (table %s)"):format(route.table)
  end
  return ""
end

-- Checks the interface a packet leaves by; `most` is what the route lets through of its MTU.
function Walk:leave(node, packet, dev, most)
  local function mtu(link) return math.min(link.mtu, most or link.mtu) end
  local link = self:facts(node):link(dev)
  if not link then return self:stop(node, "no such interface", "%s is not there", dev) end
  if not flags_of(link).UP then return self:stop(node, "link is down", "%s is down", dev) end
  if not has_carrier(link) then
    return self:stop(node, "no carrier", "%s has no carrier: the other end is down", dev)
  end
  if packet.size > mtu(link) then
    -- IPv6 is cut at its source only (RFC 8200, 4.5).
    if packet.df or (packet.forwarded and packet.family == "inet6") then
      return self:stop(node, "packet too big", "%d bytes do not fit the MTU %d of %s", packet.size, mtu(link),
        mtu(link) < link.mtu and "the route" or dev)
    end
    packet.size = mtu(link)
  end
  return link
end

-- The interface over which a node answers for an address of its own. IPv4 answers for all its addresses on each
-- (arp_ignore 0), IPv6 for those of the interface. nil and what is in the way when there is none.
function Walk:answers(owner, mine, tag, packet)
  if not mine then return owner.link end
  local facts = self:facts(owner.node)
  local weak, blocked
  for _, link in pairs(facts:links()) do
    local iface, its_tag = wire.beneath(facts, link)
    local wired, what = wire.wired(self, mine, iface, packet, tag)
    if wired == false then
      blocked = blocked or what
    elseif wired and what ~= its_tag then
      if link == owner.link then
        blocked = { node = owner.node, verdict = "another VLAN", reason = ("frames come to %s %s, and %s takes those %s"):format(
          iface.name, what == "" and "without a tag" or "with tag " .. what, link.ifname,
          its_tag == "" and "without" or "with " .. its_tag) }
      end
    elseif wired then
      -- What is made on top of it by the script, a bridge or a VRF: the drawing does not know it.
      if link == owner.link or link.master == owner.link.ifname then return owner.link end
      if packet.hop_family == "inet" and facts:arp_ignore(link.ifname) == 0
        and (not weak or link.ifindex < weak.ifindex) then
        weak = link
      end
    end
  end
  return weak, blocked
end

-- The question for a neighbour's address and its answer pass filters, too.
function Walk:resolves(node, dev, reached, packet)
  local six = packet.hop_family == "inet6"
  local function message(type, iif, oif)
    return { family = six and "inet6" or "arp", proto = six and "ipv6-icmp" or "arp", icmp_type = type, iif = iif, oif = oif,
             size = six and 72 or 28, ttl = 255, ct_state = "untracked" }
  end
  local layer = not six and "arp" or nil
  local what = six and "the question for a neighbour's address" or "ARP's question"
  local said = six and "a neighbour's answer" or "ARP's answer"
  local theirs = reached.link.ifname
  return not (self:filtered(node, "output", message("nd-neighbor-solicit", nil, dev), layer, what)
    or self:filtered(reached.node, "input", message("nd-neighbor-solicit", theirs), layer, what)
    or self:filtered(reached.node, "output", message("nd-neighbor-advert", nil, theirs), layer, said)
    or self:filtered(node, "input", message("nd-neighbor-advert", dev), layer, said))
end

-- Whose interface the next hop is, and whether it can be reached over the wire.
function Walk:next_node(node, packet, dev, hop, direct)
  local mine, tag = wire.beneath(self:facts(node), self:facts(node):link(dev))
  local owners = self:owners(hop)
  local entry = self:facts(node):neigh(hop, dev)
  local reached, blocked
  packet.hop_family = hop:find(":", 1, true) and "inet6" or "inet"
  packet.asked_for = not (entry and entry.lladdr)
  for _, owner in ipairs(owners) do
    local link, why_not = self:answers(owner, mine, tag, packet)
    if link then
      if reached then
        return self:stop(node, "duplicate address", "%s is there twice: at %s and at %s", hop, reached.node.name,
          owner.node.name)
      end
      reached = { node = owner.node, link = link }
    end
    blocked = blocked or why_not
  end
  if not reached and blocked then
    return self:stop(blocked.node, blocked.verdict or "switch does not forward", "%s", blocked.reason)
  end
  if not reached then
    local elsewhere = owners[1]
    local silent = elsewhere and mine and self:facts(elsewhere.node):arp_ignore(elsewhere.link.ifname)
    if silent and silent >= 8 then
      return self:stop(elsewhere.node, "does not answer ARP", "arp_ignore is %d", silent)
    end
    if direct then
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
  else
    if flags_of(reached.link).NOARP then
      return self:stop(reached.node, "does not answer ARP", "%s has ARP switched off", reached.link.ifname)
    end
    local ignore = self:facts(reached.node):arp_ignore(reached.link.ifname)
    if packet.hop_family == "inet" and ignore >= 8 then
      return self:stop(reached.node, "does not answer ARP", "arp_ignore is %d", ignore)
    end
    if mine and not self:resolves(node, dev, reached, packet) then return false end
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
  -- A veth takes 4 bytes more, for a VLAN's tag.
  if packet.size > link.mtu + 4 then
    return self:stop(node, "packet too big", "%d bytes come in, and the MTU of %s is %d", packet.size, link.ifname, link.mtu)
  end
  -- A mark is the node's own: it is not on the wire.
  packet.iif, packet.oif, packet.mark = link.ifname, nil, nil
  if self:filtered(node, "ingress", packet, "device") then return false end
  if self:filtered(node, "prerouting", packet) then return false end
  nat.translate(self, node, "prerouting", packet)
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
      and not core.check(node.core:port_open(packet.proto, packet.dport, packet.dst)) then
      return self:stop(node, "nobody listens", "nobody listens on %s port %d%s", packet.proto, packet.dport,
        core.check(node.core:port_open(packet.proto, packet.dport)) and " of " .. packet.dst .. ", only of another address" or "")
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
      if hop == 0 and not flags_of(facts:link "lo").UP then
        return self:stop(node, "link is down", "lo is down, over which it speaks to itself")
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
        return self:stop(node, "TTL is used up", "its TTL of %d is used up after %d hop%s", packet.start_ttl, hop,
          hop == 1 and "" or "s")
      end
      packet.forwarded = true
    end
    if hop == 0 then
      packet.iif = nil
      nat.translate(self, node, "output", packet)
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
      return self:no_route(node, packet, { code = code[route.type], told = true })
    end
    if route.type == "broadcast" or route.type == "multicast" then
      return self:stop(node, "no single station", "%s is a %s address", packet.dst, route.type)
    end
    local dev, via = route.dev, route.gateway or (route.via and route.via.host)
    packet.oif = dev
    local most
    if hop == 0 then
      local metrics = route.metrics and route.metrics[1] or {}
      if metrics.hoplimit then packet.ttl, packet.start_ttl = metrics.hoplimit, metrics.hoplimit end
      most = metrics.mtu
      if self:filtered(node, "output", packet) then return false end
    elseif self:filtered(node, "forward", packet) then
      return false
    end
    if not self:leave(node, packet, dev, most) then return false end
    if self:filtered(node, "postrouting", packet) then return false end
    nat.translate(self, node, "postrouting", packet)
    if self:filtered(node, "egress", packet, "device") then return false end
    self:note(node, "%s%s dev %s%s", packet.dst, via and " via " .. via or "", dev, rule_text(route))
    local reached = self:next_node(node, packet, dev, via or packet.dst, not via)
    if not reached then return false end
    if not self:arrive(reached.node, packet, reached.link) then return false end
    node = reached.node
  end
  return self:stop(node, "routing loop", "it never arrives")
end

return Walk
