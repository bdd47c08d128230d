--- ns.vlan: VLANs of a filtering bridge and its ports, `bridge vlan` of bridge(8).
--
--   ns.link:set("br0", { vlan_filtering = true })
--   ns.vlan:add(10, "port1", { pvid = true, untagged = true })
--   ns.vlan:add("20-29", "trunk")
--
-- Links that carry one VLAN ("eth0.5") are ns.link:add(name, { type = "vlan", … }).
local check = require("netlua.core").check

---@class netlua.Vlan
---@field ns netlua.Netns
local Vlan = {}
Vlan.__index = Vlan

---@param ns netlua.Netns
---@return netlua.Vlan
function Vlan.new(ns)
  return setmetatable({ ns = ns }, Vlan)
end

---@class netlua.Vlan.Opts
---@field pvid? boolean what comes in untagged belongs to it
---@field untagged? boolean goes out without a tag
---@field self? boolean of the bridge itself (dev is a bridge)
---@field master? boolean of the port; the default
---@field tunnel_info? integer the tunnel (VNI) that the VLAN, or the first of a range, is mapped to

--- `bridge vlan add dev DEV vid VID …`
---@param vid integer|string 1 to 4094, or a range "5-9"
---@param dev string
---@param opts? netlua.Vlan.Opts
function Vlan:add(vid, dev, opts)
  check(self.ns.core:vlan_add(vid, dev, opts))
end

--- `bridge vlan del dev DEV vid VID …`
---@param vid integer|string
---@param dev string
---@param opts? netlua.Vlan.Opts
function Vlan:del(vid, dev, opts)
  check(self.ns.core:vlan_del(vid, dev, opts))
end

---@class netlua.Vlan.Filter
---@field dev? string
---@field vid? integer
---@field compress? boolean ranges of VLANs that are alike, as `bridge -compressvlans`
---@field tunnels? boolean `bridge vlan tunnelshow`: what VLANs are mapped to

--- `bridge -json vlan show …` (with tunnels: `tunnelshow`).
---@param filter? netlua.Vlan.Filter
---@return table[] ports
function Vlan:list(filter)
  return check(self.ns.core:vlan_list(filter))
end

return require("netlua.colon").class("ns.vlan", Vlan)
