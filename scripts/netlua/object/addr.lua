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
---@field broadcast? string none unless said, as with ip
---@field anycast? string
---@field label? string (IPv4) "eth0:1"
---@field scope? "global"|"site"|"link"|"host"|"nowhere"
---@field valid_lft? integer|"forever" seconds
---@field preferred_lft? integer|"forever" seconds
---@field metric? integer of the route to its network
---@field proto? integer
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

--- `ip addr change …`: must be there.
---@param address string
---@param dev string
---@param opts? netlua.Addr.Opts
function Addr:change(address, dev, opts)
  check(self.ns.core:addr_change(address, dev, opts))
end

--- `ip addr del ADDRESS dev DEV`
---@param address string
---@param dev string
---@param opts? netlua.Addr.Opts
function Addr:del(address, dev, opts)
  check(self.ns.core:addr_del(address, dev, opts))
end

---@class netlua.Addr.Filter
---@field dev? string
---@field family? "inet"|"inet6"
---@field scope? string
---@field label? string
---@field to? string only addresses inside this prefix

local function wanted(info, filter, inside)
  return (not filter.scope or info.scope == filter.scope) and (not filter.label or info.label == filter.label)
    and (not inside or inside(info["local"]))
end

local function inside_of(text)
  local ip = require "netlua.ip"
  local bytes, length = ip.parse(text)
  if not bytes then
    local core = require "netlua.core"
    core.raise(core.error_new {
      op = "addr.list", field = "to", code = "EINVAL", errno = 22,
      message = ("expected a prefix, got '%s'"):format(tostring(text)),
    })
  end
  length = length or #bytes * 8
  return function(address) return ip.contains(bytes, length, (ip.parse(address))) end
end

--- `ip -json -details addr`: one entry a link, its addresses in `addr_info`.
---@param filter? netlua.Addr.Filter
---@return table[] links
function Addr:list(filter)
  filter = filter or {}
  local inside = filter.to and inside_of(filter.to)
  local links
  if filter.dev then
    links = { check(self.ns.core:link_get(filter.dev)) }
  else
    links = check(self.ns.core:link_list())
  end
  local by_index = {}
  for _, link in ipairs(links) do
    link.addr_info = {}
    by_index[link.ifindex] = link
  end
  for _, info in ipairs(check(self.ns.core:addr_dump { family = filter.family })) do
    local link = by_index[info.ifindex]
    info.ifindex = nil
    if link and wanted(info, filter, inside) then link.addr_info[#link.addr_info + 1] = info end
  end
  if not (filter.family or filter.scope or filter.label or filter.to) then return links end
  -- As ip: with a condition on addresses, links without one are not shown.
  local with = {}
  for _, link in ipairs(links) do
    if #link.addr_info > 0 then with[#with + 1] = link end
  end
  return with
end

--- `ip -json -details addr show dev DEV`
---@param dev string
---@return table link
function Addr:get(dev)
  return self:list({ dev = dev })[1]
end

--- `ip addr flush …`: takes away every address that the filter lets through.
---@param filter netlua.Addr.Filter|string a filter, or a link's name
---@return integer count how many there were
function Addr:flush(filter)
  if type(filter) == "string" then filter = { dev = filter } end
  local count = 0
  for _, link in ipairs(self:list(filter)) do
    for _, info in ipairs(link.addr_info) do
      local text = info["local"] .. "/" .. info.prefixlen
      local ok, err = self.ns.core:addr_del(text, link.ifname,
        info.address and { peer = info.address .. "/" .. info.prefixlen } or nil)
      -- A secondary address goes with its primary one: gone is what was wanted.
      if not ok and err.code ~= "EADDRNOTAVAIL" then check(nil, err) end
      count = count + 1
    end
  end
  return count
end

return Addr
