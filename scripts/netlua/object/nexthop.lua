--- ns.nexthop: nexthop objects, which routes can share, and groups of them; ip-nexthop(8), Linux 5.3.
local check = require("netlua.core").check

---@class netlua.Nexthop
---@field ns netlua.Netns
local Nexthop = {}
Nexthop.__index = Nexthop

---@param ns netlua.Netns
---@return netlua.Nexthop
function Nexthop.new(ns)
  return setmetatable({ ns = ns }, Nexthop)
end

---@class netlua.Nexthop.Opts
---@field via? string the next router
---@field dev? string the link; must be up
---@field onlink? boolean
---@field blackhole? boolean
---@field fdb? boolean for a bridge's forwarding database
---@field group? (integer|{ id: integer, weight?: integer })[] numbers of other objects
---@field type? "mpath"|"resilient" of a group; default: mpath
---@field buckets? integer of a resilient group
---@field idle_timer? number seconds, of a resilient group
---@field unbalanced_timer? number seconds, of a resilient group
---@field proto? string|integer who entered it
---@field family? "inet"|"inet6" where `via` does not say it; default inet

--- `ip nexthop add id ID …`
---@param id integer
---@param opts netlua.Nexthop.Opts
function Nexthop:add(id, opts)
  check(self.ns.core:nexthop_add(id, opts))
end

--- `ip nexthop replace id ID …`: made, or changed for every route that uses it.
---@param id integer
---@param opts netlua.Nexthop.Opts
function Nexthop:replace(id, opts)
  check(self.ns.core:nexthop_replace(id, opts))
end

--- `ip nexthop del id ID`: the routes that use it go, too.
---@param id integer
function Nexthop:del(id)
  check(self.ns.core:nexthop_del(id))
end

--- `ip -json -details nexthop get id ID`
---@param id integer
---@return table nexthop
function Nexthop:get(id)
  return check(self.ns.core:nexthop_get(id))
end

---@class netlua.Nexthop.Filter
---@field family? "inet"|"inet6"
---@field dev? string
---@field master? string (also `vrf`)
---@field vrf? string
---@field groups? boolean only groups
---@field fdb? boolean only those of forwarding databases
---@field proto? string|integer

--- `ip -json -details nexthop`
---@param filter? netlua.Nexthop.Filter
---@return table[] nexthops
function Nexthop:list(filter)
  return check(self.ns.core:nexthop_list(filter))
end

--- `ip nexthop flush …`: removes every object that the filter lets through.
---@param filter? netlua.Nexthop.Filter without one: all, as ip does
---@return integer count how many there were
function Nexthop:flush(filter)
  return check(self.ns.core:nexthop_flush(filter))
end

return require("netlua.colon").class("ns.nexthop", Nexthop)
