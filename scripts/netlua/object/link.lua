--- ns.link: network interfaces, ip-link(8).
--
--   ns.link:add("eth0.5", { type = "vlan", link = "eth0", id = 5, up = true })
--   ns.link:set("eth0", { mtu = 9000, alias = "uplink" })
--   ns.link:set("port1", { master = "br0" })
--   ns.link:set("port1", { type = "bridge_slave", isolated = true })
--
-- Options stand flat, as on ip's command line: those of any link and those of its kind, by ip's words. A word with a
-- dash is written with '_' (ingress_qos_map), and what ip says with "no" in front may be said so or with false
-- (nolearning = true, learning = false).
local core = require "netlua.core"
local check = core.check

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

local function copy_of(options)
  local copy = {}
  for key, value in pairs(options) do copy[key] = value end
  copy.netns = handle_of(copy.netns)
  return copy
end

-- The options with every namespace in them turned into a C handle; the caller's table stays as it is.
local function for_core(opts)
  if type(opts) ~= "table" then return opts end
  local copy = copy_of(opts)
  if type(copy.peer) == "table" then copy.peer = copy_of(copy.peer) end
  return copy
end

-- Takes `up` out of a peer's options; true when it is to be brought up. The kernel does not open a peer while it makes
-- the pair (an end wants its other end), so that is a step of its own.
local function take_peer_up(opts)
  local peer = type(opts) == "table" and opts.peer
  if type(peer) ~= "table" or peer.up == nil then return false end
  local up = peer.up
  if type(up) ~= "boolean" or (up and type(peer.name) ~= "string") then
    core.raise(core.error_new {
      op = "link.add", field = "peer", code = "EINVAL", errno = 22,
      message = type(up) ~= "boolean" and ("up: expected true or false, got %s"):format(tostring(up))
        or "up: is said of a peer with a name",
    })
  end
  peer.up = nil
  return up
end

local wireguard_words = { "private_key", "listen_port", "fwmark", "peers", "replace_peers" }

-- Takes what wg(8) says of a link out of its options; nil when there is nothing.
local function take_wireguard(opts)
  local keys
  for _, word in ipairs(wireguard_words) do
    if opts[word] ~= nil then
      keys = keys or {}
      keys[word], opts[word] = opts[word], nil
    end
  end
  return keys
end

---@class netlua.Link.Common what can be said of any link
---@field up? boolean
---@field down? boolean the opposite
---@field mtu? integer bytes
---@field address? string hardware address "02:00:00:00:00:01"
---@field broadcast? string hardware broadcast address
---@field netns? netlua.Netns the namespace it is made in or moved to
---@field alias? string free text
---@field addrgenmode? "eui64"|"none"|"stable_secret"|"random" IPv6 link-local addresses
---@field txqueuelen? integer packets
---@field group? integer|string a number, "default", or a name of /etc/iproute2/group

---@class netlua.Link.Opts: netlua.Link.Common
---@field type? string the kind: "veth", "bridge", …; for set also "bridge_slave", "bond_slave"
---@field master? string|false the bridge, bond or VRF it belongs to; false takes it out
---@field nomaster? boolean takes it out
---@field vrf? string another word for master
---@field arp? boolean
---@field multicast? boolean
---@field allmulticast? boolean
---@field promisc? boolean
---@field dynamic? boolean
---@field trailers? boolean
---@field carrier? boolean
---@field protodown? boolean
---@field mode? "default"|"dormant" where the kind has no `mode` of its own
---@field state? string operational state, where the kind has no `state` of its own
---@field gso_max_size? integer bytes
---@field gso_max_segs? integer
---@field gro_max_size? integer bytes
---@field [string] any an option of the kind, by ip's word: `core.link_words(kind)` lists them

---@class netlua.Link.AddOpts: netlua.Link.Opts
---@field type string
---@field link? string the lower device
---@field peer? string|netlua.Link.Peer (veth) the other end
---@field numtxqueues? integer
---@field numrxqueues? integer
---@field index? integer interface index

---@class netlua.Link.SetOpts: netlua.Link.Opts
---@field name? string the new name

---@class netlua.Link.Peer: netlua.Link.Common
---@field name? string the kernel's choice when absent
---@field up? boolean
---@field numtxqueues? integer
---@field numrxqueues? integer
---@field index? integer

--- `ip link add NAME type TYPE …`. A kind or an option that this kernel was built without: EOPNOTSUPP, with a hint that
--- names the kernel's option and module. "tun" and "tap" are those of ip-tuntap(8), and live as long as the namespace.
---@param name string at most 15 bytes
---@param opts netlua.Link.AddOpts
function Link:add(name, opts)
  local copy = for_core(opts)
  if type(copy) ~= "table" or copy.type ~= "wireguard" then
    local peer_up = take_peer_up(copy)
    check(self.ns.core:link_add(name, copy))
    local ok, err = true, nil
    if peer_up then ok, err = (copy.peer.netns or self.ns.core):link_set(copy.peer.name, { up = true }) end
    if not ok then
      local there = copy.netns or self.ns.core
      there:link_del(name)
      core.raise(err)
    end
    require("netlua.netns").link_came_up()
    return
  end
  local keys = take_wireguard(copy)
  local up = keys and copy.up
  if keys then copy.up = nil end
  check(self.ns.core:link_add(name, copy))
  if not keys then return end
  -- Keys and peers have a language of their own; all or nothing all the same.
  local there = copy.netns or self.ns.core
  local ok, err = pcall(function()
    check(there:wireguard_set(name, keys))
    if up ~= nil then check(there:link_set(name, { up = up })) end
  end)
  if not ok then
    there:link_del(name)
    core.raise(err)
  end
end

--- `ip link set NAME …`, with options of the kind too (`type` says which kind is meant where two have the word).
---@param name string also an alternative name
---@param opts netlua.Link.SetOpts
function Link:set(name, opts)
  check(self.ns.core:link_set(name, for_core(opts)))
  require("netlua.netns").link_came_up()
end

--- `ip link del NAME`
---@param name string also an alternative name
function Link:del(name)
  check(self.ns.core:link_del(name))
end

---@class netlua.Link.Filter
---@field type? string a kind, or "bridge_slave", "bond_slave", "vrf_slave" for ports
---@field master? string
---@field nomaster? boolean only links without a master
---@field vrf? string
---@field group? integer|string
---@field up? boolean

--- `ip -json -details -statistics -statistics link`. What JSON has as null is absent here.
---@param filter? netlua.Link.Filter
---@return table[] links
function Link:list(filter)
  return check(self.ns.core:link_list(filter))
end

--- The same for one link.
---@param name string also an alternative name
---@return table link
function Link:get(name)
  return check(self.ns.core:link_get(name))
end

--- `ip link property add dev NAME altname ALTNAME…`: more names for the same link.
---@param name string
---@param ... string alternative names, at most 127 bytes
function Link:property_add(name, ...)
  check(self.ns.core:link_property_add(name, ...))
end

--- `ip link property del dev NAME altname ALTNAME…`
---@param name string
---@param ... string
function Link:property_del(name, ...)
  check(self.ns.core:link_property_del(name, ...))
end

return require("netlua.colon").class("ns.link", Link)
