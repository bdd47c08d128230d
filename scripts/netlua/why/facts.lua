--- What a node is like now: read once for an account, from the kernel, not from the lab's drawing.
local ip = require "netlua.ip"

local Facts = {}
Facts.__index = Facts

---@param node netlua.Netns
function Facts.new(node)
  return setmetatable({ node = node, settings = {} }, Facts)
end

--- Interfaces with their addresses, by name.
function Facts:links()
  if not self.by_name then
    self.by_name, self.by_index = {}, {}
    -- A carrier that has just gone is noticed a little later otherwise.
    self.node.core:link_settle()
    for _, link in ipairs(self.node.addr:list()) do
      self.by_name[link.ifname] = link
      self.by_index[link.ifindex] = link
    end
  end
  return self.by_name
end

function Facts:link(name)
  return self:links()[name]
end

--- What the kernel says of an interface of the lab's drawing.
---@param iface netlua.lab.Iface
function Facts:link_of(iface)
  self:links()
  return self.by_index[iface.index]
end

--- The VLANs of a filtering bridge's port: its PVID, and each VLAN that it is in with whether it goes out untagged. nil
--- where the bridge does not filter.
---@param link table the port
---@return { pvid?: integer, member: table<integer, { untagged: boolean }> }?
function Facts:vlans_of(link)
  local bridge = self:link(link.master)
  local data = bridge and bridge.linkinfo and bridge.linkinfo.info_data or {}
  if data.vlan_filtering ~= 1 and data.vlan_filtering ~= true then return nil end
  local found = { member = {} }
  for _, port in ipairs(self.node.vlan:list { dev = link.ifname }) do
    for _, vlan in ipairs(port.vlans or {}) do
      local member = { untagged = false }
      for _, flag in ipairs(vlan.flags or {}) do
        if flag == "PVID" then found.pvid = vlan.vlan end
        if flag == "Egress Untagged" then member.untagged = true end
      end
      found.member[vlan.vlan] = member
    end
  end
  return found
end

--- A sysctl, nil where this kernel has no such one.
function Facts:sysctl(name)
  local value = self.settings[name]
  if value == nil then
    value = self.node.core:sysctl_get(name) or false
    self.settings[name] = value
  end
  return value or nil
end

function Facts:sysctl_number(name)
  return tonumber(self:sysctl(name) or "") or 0
end

--- The interface that has this address: its link and the entry of addr_info.
function Facts:owner(address)
  for _, link in pairs(self:links()) do
    for _, info in ipairs(link.addr_info) do
      if info["local"] == address then return link, info end
    end
  end
end

--- The first address of a family that can be used as a source.
function Facts:first_address(family)
  local best
  for _, link in pairs(self:links()) do
    for _, info in ipairs(link.addr_info) do
      if info.family == family and info.scope == "global" and (not best or link.ifindex < best.index) then
        best = { address = info["local"], index = link.ifindex }
      end
    end
  end
  return best and best.address
end

--- Where a packet would go: the route, or nil and the error.
function Facts:route(address, query)
  local ok, route = pcall(self.node.route.get, self.node.route, address, query)
  if ok then return route end
  return nil, route
end

--- How an interface answers ARP: ip-sysctl.rst, arp_ignore.
function Facts:arp_ignore(ifname)
  return math.max(self:sysctl_number "net.ipv4.conf.all.arp_ignore",
    self:sysctl_number("net/ipv4/conf/" .. ifname .. "/arp_ignore"))
end

local refusals = { blackhole = "EINVAL", unreachable = "EHOSTUNREACH", prohibit = "EACCES" }

local function covers(prefix, length, address)
  if not prefix or prefix == "all" then return true end
  local net, bytes = ip.parse(prefix), address and ip.parse(address)
  return bytes ~= nil and ip.contains(net, length or #net * 8, bytes)
end

--- The errno of the policy rule that refuses a packet, nil when none does. The kernel's own answer to a lookup does not
--- tell it from a route that is missing.
---@param packet table
---@return string? code
function Facts:refusing_rule(packet)
  for _, rule in ipairs(self.node.rule:list { family = packet.family }) do
    local code = refusals[rule.action]
    if code and not rule["not"] and covers(rule.src, rule.srclen, packet.src) and covers(rule.dst, rule.dstlen, packet.dst)
      and (not rule.iif or rule.iif == (packet.iif or "lo"))
      and (not rule.fwmark or math.tointeger(tonumber(rule.fwmark)) == (packet.mark or 0)) then
      return code
    end
  end
end

function Facts:neigh(address, dev)
  for _, entry in ipairs(self.node.neigh:list { dev = dev }) do
    if entry.dst == address then return entry end
  end
end

--- The ruleset as nft tells it, nil when there is none.
function Facts:ruleset()
  if self.rules == nil then
    local ok, listed = pcall(function() return self.node:nft "list ruleset" end)
    self.rules = ok and listed and listed.nftables or false
  end
  return self.rules or nil
end

return Facts
