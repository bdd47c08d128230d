--- ns.addr: addresses of interfaces, ip-address(8).
local check = require("netlua.core").check

---@class netlua.Addr
---@field ns netlua.Netns
local Addr = {}
Addr.__index = Addr

---@param ns netlua.Netns
---@return netlua.Addr
function Addr.new(ns)
  return setmetatable({ ns = ns }, Addr)
end

---@class netlua.Addr.Opts
---@field peer? string the other end's address and the length of its network
---@field broadcast? string "192.0.2.255", "+" (all ones) or "-" (all zeros); none unless said, as with ip
---@field anycast? string
---@field label? string (IPv4) "eth0:1"
---@field scope? "global"|"site"|"link"|"host"|"nowhere"|integer default: host for 127.0.0.0/8, else global
---@field valid_lft? integer|"forever" seconds; default: forever
---@field preferred_lft? integer|"forever" seconds, at most valid_lft (default: the same); 0: deprecated at once
---@field metric? integer of the route to its network
---@field proto? integer|"kernel_lo"|"kernel_ra"|"kernel_ll"|string who made it (Linux 5.18)
---@field nodad? boolean (IPv6) no duplicate address detection
---@field home? boolean (IPv6)
---@field optimistic? boolean (IPv6)
---@field mngtmpaddr? boolean (IPv6)
---@field autojoin? boolean
---@field noprefixroute? boolean no route to its network

--- `ip addr add ADDRESS dev DEV …`
---@param address string "192.0.2.1/24", "2001:db8::1/64"; without a length: a host's own
---@param dev string
---@param opts? netlua.Addr.Opts
function Addr:add(address, dev, opts)
  check(self.ns.core:addr_add(address, dev, opts))
end

--- `ip addr replace …`: made, or changed where it is there.
---@param address string
---@param dev string
---@param opts? netlua.Addr.Opts
function Addr:replace(address, dev, opts)
  check(self.ns.core:addr_replace(address, dev, opts))
end

--- `ip addr change …`. The kernel makes the address where it is not there, as it does for `replace`.
---@param address string
---@param dev string
---@param opts? netlua.Addr.Opts
function Addr:change(address, dev, opts)
  check(self.ns.core:addr_change(address, dev, opts))
end

--- `ip addr del ADDRESS dev DEV`. An IPv4 address without a length is taken whatever its length.
---@param address string
---@param dev string
---@param opts? netlua.Addr.Opts
function Addr:del(address, dev, opts)
  check(self.ns.core:addr_del(address, dev, opts))
end

---@class netlua.Addr.Filter
---@field dev? string
---@field family? "inet"|"inet6"
---@field scope? string|integer
---@field label? string a pattern: "eth0:*"
---@field to? string only addresses inside this prefix
---@field up? boolean only links that are up (list)
---@field type? string only links of that kind (list)
---@field master? string only ports of that bridge or VRF (list)
---@field nomaster? boolean only links without a master (list)
---@field vrf? string another word for master (list)
---@field group? integer|string only links of that group (list)
---@field permanent? boolean true: those that have it, false: those that have not; the same for the others
---@field dynamic? boolean
---@field secondary? boolean
---@field primary? boolean
---@field temporary? boolean
---@field tentative? boolean
---@field deprecated? boolean
---@field dadfailed? boolean
---@field nodad? boolean
---@field optimistic? boolean
---@field home? boolean
---@field mngtmpaddr? boolean
---@field noprefixroute? boolean
---@field autojoin? boolean

-- Keys that say something of the link; the others are about its addresses.
local of_link = { dev = true, up = true, type = true, master = true, nomaster = true, vrf = true, group = true }
-- `ip addr` shows less of a link than `ip link` does.
local link_only = { "linkmode", "inet6_addr_gen_mode", "stats64" }

-- The links that the filter lets through, each with an empty addr_info; and the filter for addresses.
local function links_for(ns, filter)
  local of_addr, narrow = {}, false
  for key, value in pairs(filter) do
    if key == "dev" or not of_link[key] then of_addr[key] = value end
    if not of_link[key] then narrow = true end
  end
  local list
  if filter.dev then
    list = { check(ns.core:link_get(filter.dev)) }
    of_addr.dev = list[1].ifname -- it may have been an alternative name
  else
    local of_links = {}
    for key in pairs(of_link) do of_links[key] = filter[key] end
    list = check(ns.core:link_list(of_links))
  end
  for _, link in ipairs(list) do
    for _, key in ipairs(link_only) do link[key] = nil end
    link.addr_info = {}
  end
  return list, of_addr, narrow
end

--- `ip -json -details addr`: one entry a link, its addresses in `addr_info`.
---@param filter? netlua.Addr.Filter
---@return table[] links
function Addr:list(filter)
  if filter ~= nil and type(filter) ~= "table" then self.ns.core:addr_list(filter) end -- raises
  local links, of_addr, narrow = links_for(self.ns, filter or {})
  local by_index = {}
  for _, link in ipairs(links) do by_index[link.ifindex] = link end
  for _, info in ipairs(check(self.ns.core:addr_list(of_addr))) do
    local link = by_index[info.ifindex]
    info.ifindex, info.dev = nil, nil
    if link then link.addr_info[#link.addr_info + 1] = info end
  end
  if not narrow then return links end
  -- As ip: with a condition on addresses, only links with such a one are shown; and those without any
  -- address at all, unless a family is asked for (a prefix has one, too).
  local has_some, family = {}, filter.family or filter.to
  if not family then
    for _, info in ipairs(check(self.ns.core:addr_list { dev = of_addr.dev })) do has_some[info.ifindex] = true end
  end
  local with = {}
  for _, link in ipairs(links) do
    if #link.addr_info > 0 or not (family or has_some[link.ifindex]) then with[#with + 1] = link end
  end
  return with
end

--- `ip -json -details addr show dev DEV`
---@param dev string
---@return table link
function Addr:get(dev)
  return check(self:list({ dev = dev })[1])
end

--- `ip addr flush …`: takes away every address that the filter lets through.
---@param filter netlua.Addr.Filter|string a filter, or a link's name
---@return integer count how many there were
function Addr:flush(filter)
  if type(filter) == "string" then filter = { dev = filter } end
  return check(self.ns.core:addr_flush(filter))
end

return require("netlua.colon").class("ns.addr", Addr)
