--- One packet at several places: which sightings belong together, where the packet was going, and what changed
--- on its way. For netlua.ladder.
local columns = require "netlua.columns"
local core = require "netlua.core"
local ip_format = require("netlua.ip").format

local M = {}

-- Two sightings of one packet are not further apart than this.
local LONGEST = 2000000000 -- nanoseconds

---@class netlua.Flow a packet on its way
---@field sightings netlua.Packet[] in the order of time
---@field src string who sent it: an address, or a node's name
---@field dst string? who it is for; nil: everybody
---@field asked string? of what everybody gets, whom it is about: the target of an ARP request
---@field label string what it is
---@field kind string for colours: "arp", "icmp", "tcp", …

local function is_everybody(p)
  local eth = p.eth
  local mac = eth and eth.dst
  local first = mac and tonumber(mac:sub(1, 2), 16)
  if first and first % 2 == 1 then return true end
  local ip = p.ip
  local dst = ip and ip.dst
  return dst ~= nil and (dst == "255.255.255.255" or dst:match "^ff%x%x:" ~= nil
    or (tonumber(dst:match "^(%d+)%.") or 0) // 16 == 14)
end

-- What stays the same on the way through routers and address translation. TTL, addresses, ports, identifiers
-- that are translated, and checksums do not.
local function identity(p)
  local ip = p.ip
  if not ip then return p.data end -- nothing changes it: it does not leave its link
  local rest
  if p.tcp then
    local t = p.tcp
    rest = ("tcp %s %d %s %s"):format(t.flags, t.seq or 0, t.ack or "", t.len or "")
  elseif p.udp then
    rest = "udp " .. (p.udp.len or 0)
  elseif p.icmp then
    rest = ("icmp %s %s"):format(p.icmp.type, p.icmp.seq or "")
  elseif p.icmp6 then
    rest = ("icmp6 %s %s"):format(p.icmp6.type, p.icmp6.seq or "")
  else
    rest = "proto " .. tostring(ip.proto)
  end
  -- Nor does a broadcast or multicast leave it, but everybody sends the same.
  if is_everybody(p) then rest = ("%s %s %s"):format(rest, ip.src, p.eth and p.eth.src or "") end
  return ("%d %s %s %s "):format(ip.version, ip.id or "", ip.frag_off or "", rest) .. (p.payload or "")
end

local function place(p)
  return ("%s\0%s\0%s"):format(p.node or "", p.ifname or "", p.direction or "")
end

--- Groups packets, which are in the order of time, into flows in the order of their first sighting.
---@param packets netlua.Packet[]
---@return netlua.Packet[][]
function M.group(packets)
  local open, groups = {}, {}
  local several = false
  for i = 2, #packets do
    if place(packets[i]) ~= place(packets[1]) then several = true end
  end
  for _, p in ipairs(packets) do
    local id = several and identity(p)
    local group = id and open[id]
    local here = place(p)
    -- Seen at this place already: sent again, or another one that looks the same.
    if group and (group.places[here] or (p.ts_ns or 0) - (group[1].ts_ns or 0) > LONGEST) then group = nil end
    if not group then
      group = { places = {} }
      groups[#groups + 1] = group
      if id then open[id] = group end
    end
    group.places[here] = true
    group[#group + 1] = p
  end
  return groups
end

-- --- Who is who -------------------------------------------------------------------------------------------

local function ends_of(p)
  if p.arp then
    local arp = p.arp
    local src = arp.sender_ip
    if not src or src == "0.0.0.0" then src = arp.sender_mac end
    return src, arp.target_ip
  end
  if p.ip then
    local src = p.ip.src
    -- Not configured yet: known by its hardware only.
    if (src == "::" or src == "0.0.0.0") and p.eth then src = p.eth.src end
    return src, p.ip.dst
  end
  if p.eth then return p.eth.src, p.eth.dst end
  return "?", "?"
end

-- address -> name, from what is known of the places where the capture listened; and the hardware addresses of hosts,
-- which take nothing for others
local function names_of_places(places)
  local names, hosts = {}, {}
  local function add(address, name)
    if address then names[address] = names[address] or name end
  end
  local function of_node(node)
    for _, iface in ipairs(node.ifaces or {}) do
      add(iface.mac, node.name)
      if node.kind == "host" and iface.mac then hosts[iface.mac] = node.name end
      for _, addr in pairs(iface.addrs or {}) do add(ip_format(addr.bytes), node.name) end
    end
  end
  local known = {} -- labs and namespaces that have been asked
  for _, spot in ipairs(places or {}) do
    local ns = spot.ns
    local lab = rawget(ns, "lab")
    if known[lab or ns] then
      goto continue
    end
    known[lab or ns] = true
    if lab then
      for _, node in pairs(lab.by_name or {}) do of_node(node) end
    elseif ns.core and not ns.core:closed() then
      for _, link in ipairs(core.check(ns.core:link_list())) do add(link.address, ns.name) end
      -- A namespace made by hand has its addresses in the kernel only.
      local ok, list = pcall(function() return ns.addr:list() end)
      for _, link in ipairs(ok and list or {}) do
        for _, info in ipairs(link.addr_info or {}) do add(info["local"], ns.name) end
      end
    end
    ::continue::
  end
  return names, hosts
end

local function is_local_to_link(address)
  return address:match "^fe[89ab]%x:" ~= nil or address == "::" or address == "0.0.0.0"
end

local function names_of_packets(groups, names, hosts)
  -- A packet that comes out of a node without having come in is the node's own: so are its addresses.
  for _, group in ipairs(groups) do
    local first = group[1]
    if first.direction == "out" and first.node then
      local src = ends_of(first)
      names[src] = names[src] or first.node
      if first.eth then names[first.eth.src] = names[first.eth.src] or first.node end
    end
  end
  -- ARP says which hardware an address is at, and link-local addresses are at the sender's.
  for _, group in ipairs(groups) do
    local arp = group[1].arp
    if arp and arp.sender_ip and arp.sender_ip ~= "0.0.0.0" and arp.sender_mac then
      names[arp.sender_mac] = names[arp.sender_mac] or names[arp.sender_ip] or arp.sender_ip
    end
  end
  for _, group in ipairs(groups) do
    local first = group[1]
    local src = first.ip and first.ip.src
    if src and first.eth and is_local_to_link(src) and src ~= "::" and src ~= "0.0.0.0" then
      names[src] = names[src] or names[first.eth.src]
    end
    -- An address that the drawing does not know, as that of a lease, is the host's that gets the frame.
    local last = group[#group]
    local dst = last.ip and last.ip.dst
    if dst and last.eth and hosts[last.eth.dst] then names[dst] = names[dst] or hosts[last.eth.dst] end
  end
  return names
end

-- --- What it is -------------------------------------------------------------------------------------------

local kinds = { "arp", "dns", "dhcp", "dhcp6", "http", "icmp", "icmp6", "tcp", "udp", "stp", "lldp", "igmp", "ospf" }

local function kind_of(p)
  for _, kind in ipairs(kinds) do
    if p[kind] then return kind end
  end
  return "other"
end

-- TCP's options without what stands in every segment and hides the rest.
local function telling_options(list)
  list = list:gsub("TS val %d+ ecr %d+,?", ""):gsub("nop,?", ""):gsub("eol,?", ""):gsub(",$", "")
  return list ~= "" and (", options [%s]"):format(list) or ""
end

-- tcpdump's line without the time, and without the addresses that the ladder shows anyway. Sequence numbers are told
-- from their conversation's start.
local function label_of(p, stream)
  local line = p:line { t = false, stream = stream }
  line = line:gsub("^%s+", "")
  local what = line:match "^IP6? %S+ > %S+: (.*)$"
  if not what then return (line:gsub(", length %d+$", "")) end
  if p.tcp or p.udp then
    local l4 = p.tcp and "TCP" or "UDP"
    local transport = p.tcp or p.udp
    local ports = ("%s > %s"):format(transport.sport or "?", transport.dport or "?")
    what = what:gsub("^UDP, ", ""):gsub("^Flags ", ""):gsub(", options %[([^%]]*)%]", telling_options)
    return ("%s %s %s"):format(l4, ports, what)
  end
  return what
end

-- --- What changed -----------------------------------------------------------------------------------------

local function transport_port(p, which)
  local t = p.tcp or p.udp
  return t and t[which]
end

local compared = {
  { "ttl", function(p) return p.ip and p.ip.ttl end },
  { "src", function(p) return p.ip and p.ip.src end },
  { "dst", function(p) return p.ip and p.ip.dst end },
  { "sport", function(p) return transport_port(p, "sport") end },
  { "dport", function(p) return transport_port(p, "dport") end },
  { "id", function(p) return p.icmp and p.icmp.id end },
  { "src mac", function(p) return p.eth and p.eth.src end },
  { "dst mac", function(p) return p.eth and p.eth.dst end },
  { "vlan", function(p) return p.vlan and p.vlan.id end },
  { "tos", function(p) return p.ip and p.ip.tos end },
}

---@class netlua.Flow.Change
---@field node string? where it was seen changed
---@field ifname string?
---@field what string "ttl"
---@field from any
---@field to any

--- What differs from one sighting to the next.
---@param sightings netlua.Packet[]
---@return netlua.Flow.Change[]
function M.changes(sightings)
  local changes = {}
  for i = 2, #sightings do
    local a, b = sightings[i - 1], sightings[i]
    for _, entry in ipairs(compared) do
      local from, to = entry[2](a), entry[2](b)
      if from ~= to then
        changes[#changes + 1] = { node = b.node, ifname = b.ifname, what = entry[1], from = from, to = to }
      end
    end
  end
  return changes
end

--- The flows of a capture, with names where they are known.
---@param packets netlua.Packet[]
---@param places? { ns: netlua.Netns, ifname: string? }[] where they were captured
---@param most? integer no more than the first so many
---@return netlua.Flow[]
---@return integer count of all
function M.flows(packets, places, most)
  local groups = M.group(packets)
  local names = names_of_packets(groups, names_of_places(places))
  local flows, stream = {}, core.packet_stream()
  for i = 1, math.min(#groups, most or #groups) do
    local group = groups[i]
    local first, last = group[1], group[#group]
    local src = ends_of(first)
    local _, dst = ends_of(last) -- behind a translator the address is another one
    local everybody = is_everybody(first)
    group.places = nil
    flows[i] = {
      sightings = group, src = names[src] or src, dst = not everybody and (names[dst] or dst) or nil,
      asked = everybody and (names[dst] or dst) or nil,
      label = columns.clean(label_of(first, stream)), kind = kind_of(first),
    }
  end
  return flows, #groups
end

return M
