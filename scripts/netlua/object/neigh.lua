--- ns.neigh: neighbours (ARP, RFC 826; neighbour discovery, RFC 4861) and proxies, ip-neighbour(8).
local check = require("netlua.core").check

---@class netlua.Neigh
---@field ns netlua.Netns
local Neigh = {}
Neigh.__index = Neigh

---@param ns netlua.Netns
---@return netlua.Neigh
function Neigh.new(ns)
  return setmetatable({ ns = ns }, Neigh)
end

---@alias netlua.Neigh.State "none"|"incomplete"|"reachable"|"stale"|"delay"|"probe"|"failed"|"noarp"|"permanent"

---@class netlua.Neigh.Opts
---@field dev? string the link; only a proxy entry may do without
---@field lladdr? string hardware address "02:00:00:00:00:01"
---@field nud? netlua.Neigh.State default: permanent
---@field proxy? boolean this machine answers for the address
---@field router? boolean (IPv6) the neighbour is a router
---@field use? boolean the kernel goes and asks for it now
---@field managed? boolean the kernel keeps it up to date (Linux 5.16)
---@field extern_learn? boolean entered by a program that goes on looking after it
---@field proto? string|integer who entered it

--- `ip neigh add ADDRESS dev DEV …`
---@param address string
---@param opts netlua.Neigh.Opts
function Neigh:add(address, opts)
  check(self.ns.core:neigh_add(address, opts))
end

--- `ip neigh replace …`: made, or changed where it is there.
---@param address string
---@param opts netlua.Neigh.Opts
function Neigh:replace(address, opts)
  check(self.ns.core:neigh_replace(address, opts))
end

--- `ip neigh change …`: must be there.
---@param address string
---@param opts netlua.Neigh.Opts
function Neigh:change(address, opts)
  check(self.ns.core:neigh_change(address, opts))
end

--- `ip neigh del …`. The kernel may show it as FAILED until nobody uses it any more.
---@param address string
---@param opts netlua.Neigh.Opts
function Neigh:del(address, opts)
  check(self.ns.core:neigh_del(address, opts))
end

---@class netlua.Neigh.Filter
---@field family? "inet"|"inet6"
---@field dev? string
---@field master? string links of this bridge or VRF (also `vrf`)
---@field nomaster? boolean only on links without a master
---@field vrf? string
---@field proxy? boolean the proxy entries instead
---@field nud? netlua.Neigh.State|netlua.Neigh.State[]|"all" default: all but noarp; flush: nor permanent
---@field unused? boolean only what nobody holds
---@field proto? string|integer
---@field to? string inside this prefix
---@field statistics? boolean also `used`, `confirmed`, `updated` (seconds), `probes`, `refcnt`: ip's -statistics

--- `ip -json -details neigh`. As in ip, `dev` is left out where the filter has fixed it.
---@param filter? netlua.Neigh.Filter
---@return table[] neighbours
function Neigh:list(filter)
  return check(self.ns.core:neigh_list(filter))
end

--- `ip -json neigh get ADDRESS dev DEV`
---@param address string
---@param opts { dev?: string, proxy?: boolean, statistics?: boolean }
---@return table neighbour
function Neigh:get(address, opts)
  return check(self.ns.core:neigh_get(address, opts))
end

--- `ip neigh flush …`: removes every entry that the filter lets through.
---@param filter netlua.Neigh.Filter
---@return integer count how many there were
function Neigh:flush(filter)
  return check(self.ns.core:neigh_flush(filter))
end

return require("netlua.colon").class("ns.neigh", Neigh)
