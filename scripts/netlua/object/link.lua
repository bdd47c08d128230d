--- ns.link: network interfaces, ip-link(8).
local check = require("netlua.core").check

---@class netlua.Link: netlua.Object
---@field ns netlua.Netns
local Link = {}
Link.__index = Link

---@param ns netlua.Netns
---@return netlua.Link
function Link.new(ns)
  return setmetatable({ ns = ns }, Link)
end

-- A namespace in an option stands as a Lua object; C wants its handle.
local function handle_of(netns)
  return type(netns) == "table" and netns.core or netns
end

-- The options with every namespace in them turned into a C handle; the caller's table stays as it is.
local function for_core(opts)
  if type(opts) ~= "table" then return opts end
  local copy = {}
  for key, value in pairs(opts) do copy[key] = value end
  copy.netns = handle_of(copy.netns)
  if type(copy.peer) == "table" then
    local peer = {}
    for key, value in pairs(copy.peer) do peer[key] = value end
    peer.netns = handle_of(peer.netns)
    copy.peer = peer
  end
  return copy
end

---@class netlua.Link.Opts
---@field type string (add) the kind: "veth", "bridge", …
---@field peer? string|netlua.Link.Peer (veth) the other end
---@field up? boolean
---@field mtu? integer bytes
---@field address? string hardware address "02:00:00:00:00:01"
---@field broadcast? string hardware broadcast address
---@field master? string|false the bridge, bond or VRF it belongs to; false takes it out
---@field netns? netlua.Netns the namespace it is made in or moved to
---@field name? string (set) the new name
---@field alias? string free text
---@field addrgenmode? "eui64"|"none"|"stable_secret"|"random" IPv6 link-local addresses
---@field txqueuelen? integer
---@field group? integer
---@field numtxqueues? integer (add)
---@field numrxqueues? integer (add)
---@field index? integer (add) interface index

---@class netlua.Link.Peer: netlua.Link.Opts

--- `ip link add NAME type TYPE …`
---@param name string at most 15 bytes
---@param opts netlua.Link.Opts
function Link:add(name, opts)
  check(self.ns.core:link_add(name, for_core(opts)))
end

--- `ip link set NAME …`
---@param name string
---@param opts netlua.Link.Opts
function Link:set(name, opts)
  check(self.ns.core:link_set(name, for_core(opts)))
end

--- `ip link del NAME`
---@param name string
function Link:del(name)
  check(self.ns.core:link_del(name))
end

--- `ip -json -details link`
---@param filter? { type?: string, master?: string, up?: boolean }
---@return table[] links
function Link:list(filter)
  return check(self.ns.core:link_list(filter))
end

--- `ip -json -details link show NAME`
---@param name string also an alternative name
---@return table link
function Link:get(name)
  return check(self.ns.core:link_get(name))
end

return Link
