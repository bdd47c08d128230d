--- ns.route: routes, ip-route(8).
local core = require "netlua.core"
local check = core.check

---@class netlua.Route
---@field ns netlua.Netns
local Route = {}
Route.__index = Route

---@param ns netlua.Netns
---@return netlua.Route
function Route.new(ns)
  return setmetatable({ ns = ns }, Route)
end

local function copy_of(opts)
  local copy = {}
  for key, value in pairs(opts) do copy[key] = value end
  return copy
end

-- ip's `vrf NAME` stands for the table of that VRF.
local function with_table(ns, op, opts)
  if type(opts) ~= "table" or opts.vrf == nil then return opts end
  local link = check(ns.core:link_get(opts.vrf))
  local info = link.linkinfo
  if not info or info.info_kind ~= "vrf" then
    core.raise(core.error_new {
      op = op, field = "vrf", code = "EINVAL", errno = 22, message = ("'%s' is no VRF"):format(opts.vrf),
    })
  end
  local copy = copy_of(opts)
  copy.vrf, copy.table = nil, info.info_data.table
  return copy
end

-- A node as the next router stands for its address in the route's family, on the link that both have.
local function with_via(ns, op, destination, opts)
  local via = type(opts) == "table" and opts.via
  local meta = type(via) == "table" and getmetatable(via)
  if not meta or (meta.__name ~= "netlua.Node" and meta.__name ~= "netlua.Netns") then return opts end
  local bytes = type(destination) == "string" and core.ip_parse(destination)
  local copy = copy_of(opts)
  copy.via = require("netlua.target").resolve(op, ns, via, opts.family or (bytes and #bytes == 16 and "inet6" or "inet"))
  return copy
end

local function for_core(ns, op, destination, opts)
  return with_table(ns, op, with_via(ns, op, destination, opts))
end

-- Tables, protocols, scopes and DS fields are taken and shown by the names of /etc/iproute2 (rt_tables, …), too: here and
-- for rules, neighbours, nexthops and addresses.

---@class netlua.Route.Opts
---@field via? string|netlua.Netns|{ family: string, host: string } the next router, by address or as a node; of another
--- family than the route: RFC 8950
---@field dev? string the link
---@field table? "main"|"local"|"default"|string|integer default: main; local for the types that live there
---@field vrf? string instead of `table`: that of the VRF
---@field metric? integer among routes to the same prefix the lowest wins
---@field src? string the source address of packets that this machine sends
---@field from? string (IPv6) only packets from this prefix
---@field scope? "global"|"site"|"link"|"host"|"nowhere"|integer default: as ip takes it from type and via
---@field proto? string|integer who entered it: "static", "boot" (default), "bird", …
---@field tos? string|integer only packets with this DS field: "AF11", 0x10; also called `dsfield`
---@field dsfield? string|integer
---@field type? "unicast"|"blackhole"|"unreachable"|"prohibit"|"throw"|"local"|"broadcast"|"multicast"|"anycast"
---@field onlink? boolean the next router is on the link though no prefix says so
---@field nexthops? netlua.Route.Nexthop[] several ways at once
---@field nhid? integer a nexthop object (ns.nexthop)
---@field pref? "low"|"medium"|"high" (IPv6) RFC 4191
---@field expires? integer (IPv6) seconds
---@field realms? integer|{ from?: integer, to?: integer }
---@field ttl_propagate? boolean
---@field family? "inet"|"inet6" where no address says it
---@field mtu? integer bytes
---@field advmss? integer bytes
---@field window? integer bytes
---@field rtt? number|string seconds, or "100ms"
---@field rttvar? number|string seconds, or "100ms"
---@field rto_min? number|string seconds, or "100ms"
---@field ssthresh? integer segments
---@field cwnd? integer segments; counts when locked
---@field initcwnd? integer segments
---@field initrwnd? integer segments
---@field hoplimit? integer 0 to 255
---@field reordering? integer
---@field quickack? boolean
---@field fastopen_no_cookie? boolean
---@field features? "ecn"
---@field congctl? string "bbr", "reno", …
---@field lock? string[] names of metrics of this list that nothing may change: { "mtu" }

---@class netlua.Route.Nexthop
---@field via? string|{ family: string, host: string }
---@field dev? string
---@field weight? integer 1 to 256, default 1
---@field onlink? boolean
---@field realms? integer|{ from?: integer, to?: integer }

--- `ip route add DESTINATION …`
---@param destination string "default", "198.51.100.0/24", "2001:db8::/32"; an address alone is a host's
---@param opts? netlua.Route.Opts
function Route:add(destination, opts)
  check(self.ns.core:route_add(destination, for_core(self.ns, "route.add", destination, opts)))
end

--- `ip route replace …`: made, or put in the place of what is there.
---@param destination string
---@param opts? netlua.Route.Opts
function Route:replace(destination, opts)
  check(self.ns.core:route_replace(destination, for_core(self.ns, "route.replace", destination, opts)))
end

--- `ip route change …`: must be there.
---@param destination string
---@param opts? netlua.Route.Opts
function Route:change(destination, opts)
  check(self.ns.core:route_change(destination, for_core(self.ns, "route.change", destination, opts)))
end

--- `ip route append …`: behind what is there; of an IPv6 route another way.
---@param destination string
---@param opts? netlua.Route.Opts
function Route:append(destination, opts)
  check(self.ns.core:route_append(destination, for_core(self.ns, "route.append", destination, opts)))
end

--- `ip route prepend …`: before what is there.
---@param destination string
---@param opts? netlua.Route.Opts
function Route:prepend(destination, opts)
  check(self.ns.core:route_prepend(destination, for_core(self.ns, "route.prepend", destination, opts)))
end

--- `ip route del …`: the first one that all that is said fits.
---@param destination string
---@param opts? netlua.Route.Opts
function Route:del(destination, opts)
  check(self.ns.core:route_del(destination, for_core(self.ns, "route.del", destination, opts)))
end

---@class netlua.Route.Filter
---@field family? "inet"|"inet6" default: IPv4, or both with table = "all"
---@field table? "main"|"local"|"default"|"all"|string|integer default: main
---@field vrf? string instead of `table`: that of the VRF, without its local and broadcast routes
---@field dev? string
---@field iif? string
---@field type? string
---@field proto? string|integer
---@field scope? string|integer
---@field tos? string|integer
---@field dsfield? string|integer
---@field metric? integer
---@field via? string the next router lies in this prefix
---@field src? string the source address lies in this prefix
---@field to? string just this prefix; "default" here and below: of both families
---@field to_root? string prefixes inside this one
---@field to_match? string prefixes that hold this one
---@field from? string
---@field from_root? string
---@field from_match? string
---@field cache? boolean what was learnt of path MTUs and better next routers instead of the routes

--- `ip -json -details route`. As in ip, keys that the filter has fixed (table, dev, …) are left out.
---@param filter? netlua.Route.Filter
---@return table[] routes
function Route:list(filter)
  local list = check(self.ns.core:route_list(with_table(self.ns, "route.list", filter)))
  if not filter or not filter.vrf then return list end
  local kept = {}
  for _, route in ipairs(list) do
    if route.type ~= "local" and route.type ~= "broadcast" then kept[#kept + 1] = route end
  end
  return kept
end

---@class netlua.Route.Query
---@field from? string the packet's source
---@field iif? string as if it had come in there
---@field oif? string out of this link (also `dev`, `vrf`)
---@field dev? string
---@field vrf? string
---@field mark? integer
---@field tos? string|integer
---@field dsfield? string|integer
---@field ipproto? "icmp"|"tcp"|"udp"|"dccp"|"ipv6-icmp"|"sctp"|integer
---@field sport? integer
---@field dport? integer
---@field uid? integer
---@field fibmatch? boolean the route that decides, instead of the packet's way
---@field connected? boolean as a connected socket: with the source address of the first answer

--- `ip -json -details route get ADDRESS …`: which way would a packet take?
---@param address string
---@param query? netlua.Route.Query
---@return table route
function Route:get(address, query)
  return check(self.ns.core:route_get(address, query))
end

-- Does a filter with `cache` mean what IPv4 has learnt? IPv6's as well?
local function cache_families(filter)
  local prefix = filter.to or filter.to_root or filter.to_match or ""
  local family = filter.family or prefix:find(":", 1, true) and "inet6" or filter.table ~= "all" and "inet"
  return family ~= "inet6", family ~= "inet"
end

local function of_family(filter, family)
  local copy = {}
  for key, value in pairs(filter) do copy[key] = value end
  copy.family = family
  return copy
end

-- IPv4's learnt routes are not routes that one could remove: as ip does, all of them are forgotten at once.
local function flush_cache(ns, filter)
  local count = #check(ns.core:route_list(of_family(filter, "inet")))
  check(ns.core:sysctl_set("net.ipv4.route.flush", "-1"))
  return count
end

--- `ip route flush …`: removes every route that the filter lets through. With `cache`: what was learnt of path MTUs and
--- better next routers is forgotten, in IPv4 all of it whatever else the filter says.
---@param filter netlua.Route.Filter
---@return integer count how many there were
function Route:flush(filter)
  filter = with_table(self.ns, "route.flush", filter)
  if type(filter) ~= "table" or filter.cache ~= true then return check(self.ns.core:route_flush(filter)) end
  check(self.ns.core:route_list(filter)) -- raises where the filter is wrong
  local inet, inet6 = cache_families(filter)
  return (inet and flush_cache(self.ns, filter) or 0)
    + (inet6 and check(self.ns.core:route_flush(of_family(filter, "inet6"))) or 0)
end

return require("netlua.colon").class("ns.route", Route)
