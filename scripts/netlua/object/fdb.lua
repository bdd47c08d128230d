--- ns.fdb: forwarding databases of bridges and vxlans, `bridge fdb` of bridge(8).
--
--   ns.fdb:add("02:00:00:00:00:01", "port1", { master = true, static = true })
--   ns.fdb:append("00:00:00:00:00:00", "vxlan7", { dst = "192.0.2.9" })
local check = require("netlua.core").check

---@class netlua.Fdb
---@field ns netlua.Netns
local Fdb = {}
Fdb.__index = Fdb

---@param ns netlua.Netns
---@return netlua.Fdb
function Fdb.new(ns)
  return setmetatable({ ns = ns }, Fdb)
end

---@class netlua.Fdb.Opts
---@field self? boolean in the link's own database; what is meant when nothing is said
---@field master? boolean in the bridge's
---@field permanent? boolean never ages, and packets for it are this machine's (also `local`); the default
---@field static? boolean never ages (also `temp`)
---@field dynamic? boolean ages
---@field vlan? integer
---@field dst? string (vxlan) the far end
---@field vni? integer (vxlan)
---@field src_vni? integer (vxlan)
---@field port? integer (vxlan) UDP port
---@field via? string (vxlan) link to send through
---@field nhid? integer (vxlan) nexthop object
---@field router? boolean (vxlan)
---@field use? boolean refresh
---@field extern_learn? boolean
---@field sticky? boolean stays at its port

--- `bridge fdb add MAC dev DEV …`
---@param mac string
---@param dev string a port, a vxlan, or the bridge itself
---@param opts? netlua.Fdb.Opts
function Fdb:add(mac, dev, opts)
  check(self.ns.core:fdb_add(mac, dev, opts))
end

--- `bridge fdb append …`: one more far end for the same address (vxlan).
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
function Fdb:append(mac, dev, opts)
  check(self.ns.core:fdb_append(mac, dev, opts))
end

--- `bridge fdb replace …`: made, or changed where it is there.
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
function Fdb:replace(mac, dev, opts)
  check(self.ns.core:fdb_replace(mac, dev, opts))
end

--- `bridge fdb del MAC dev DEV …`
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
function Fdb:del(mac, dev, opts)
  check(self.ns.core:fdb_del(mac, dev, opts))
end

---@class netlua.Fdb.Filter
---@field dev? string a port or vxlan (also `brport`)
---@field br? string a bridge: all its ports
---@field vlan? integer
---@field state? "permanent"|"static"|"stale"|"dynamic"|"all"
---@field dynamic? boolean only what may go away by itself

--- `bridge -json -statistics fdb show …`; `ifname` is there even when only one link is asked for.
---@param filter? netlua.Fdb.Filter
---@return table[] entries
function Fdb:list(filter)
  return check(self.ns.core:fdb_list(filter))
end

---@class netlua.Fdb.Where
---@field dev? string a link (also `brport`)
---@field br? string or a bridge
---@field vlan? integer
---@field vni? integer
---@field self? boolean
---@field master? boolean

--- `bridge -json fdb get MAC …`
---@param mac string
---@param where netlua.Fdb.Where
---@return table entry
function Fdb:get(mac, where)
  return check(self.ns.core:fdb_get(mac, where))
end

---@class netlua.Fdb.Flush conditions: true, false, or nil for "either"
---@field brport? string only behind this port
---@field vlan? integer
---@field permanent? boolean
---@field static? boolean
---@field dynamic? boolean
---@field added_by_user? boolean
---@field extern_learn? boolean
---@field sticky? boolean
---@field offloaded? boolean
---@field self? boolean the default
---@field master? boolean

--- `bridge fdb flush dev DEV …`: all entries that fulfil the conditions, in one go. Bridges: since Linux 5.19, vxlans:
--- since 6.7; EOPNOTSUPP before.
---@param dev string a bridge or a vxlan
---@param conditions? netlua.Fdb.Flush
function Fdb:flush(dev, conditions)
  check(self.ns.core:fdb_flush(dev, conditions))
end

return require("netlua.colon").class("ns.fdb", Fdb)
