--- Network namespaces, and `ip`'s objects in them: `ns.link:add(…)`, `ns.addr:list()`.
-- Every method is `ip OBJECT COMMAND`; what comes back has the keys of `ip -json`. What the kernel refuses
-- raises one error object (see netlua.Error in meta.lua).
local colon = require "netlua.colon"
local core = require "netlua.core"
local check = core.check

local entered = false

-- The first namespace needs the rights: an ordinary user's process gets them in a user namespace of its own.
-- The host has entered one before Lua started; a stock `lua5.4` does it here.
local function enter()
  if entered then return true end
  local ok, err = core.rights_enter()
  entered = ok
  return ok, err
end

---@class netlua.Netns
---@field name string what people call it; the kernel never sees the name
---@field core userdata the C handle
---@field link netlua.Link ip-link(8)
local Netns = {}

-- ip's object -> the module that gives its commands; `new(ns)` makes the object for one namespace.
local objects = {
  link = "netlua.object.link",
  addr = "netlua.object.addr",
  route = "netlua.object.route",
  neigh = "netlua.object.neigh",
  rule = "netlua.object.rule",
  nexthop = "netlua.object.nexthop",
  fdb = "netlua.object.fdb",
  vlan = "netlua.object.vlan",
  wireguard = "netlua.object.wireguard",
  qdisc = "netlua.object.qdisc",
  class = "netlua.object.class",
  filter = "netlua.object.filter",
}

-- method -> the module that holds it under the same name; loaded on first use.
local methods = {
  ping = "netlua.ping",
  traceroute = "netlua.traceroute",
  capture = "netlua.capture",
  send = "netlua.send",
  nft = "netlua.nft_ruleset",
  monitor = "netlua.monitor",
  spawn = "netlua.proc",
  run = "netlua.proc",
  connect = "netlua.socket",
  listen = "netlua.socket",
  udp = "netlua.socket",
}

--- Reads or writes a sysctl of the namespace, as sysctl(8) does.
---@param name string "net.ipv4.ip_forward"; only names under "net."
---@param value? string|integer|boolean writes when given
---@return string? value what stands there, when reading
function Netns:sysctl(name, value)
  if value == nil then return check(self.core:sysctl_get(name)) end
  check(self.core:sysctl_set(name, value))
end

--- Gives the namespace back and ends its programs. Idempotent; the kernel removes it with everything in it
--- once no socket, capture or process holds it.
function Netns:close()
  local box = rawget(self, "box")
  if box then box:close() end
  self.core:close()
end

---@return boolean
function Netns:closed()
  return self.core:closed()
end

-- Nodes of labs have another metatable.
local function is_netns(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and (meta.__name == "netlua.Netns" or meta.__name == "netlua.Node")
end

Netns.sysctl = colon.method("ns", "sysctl", Netns.sysctl, is_netns)

-- `names`: what __index answers to, for completion at the prompt.
local mt = { __name = "netlua.Netns", names = { Netns, objects, methods } }

function mt.__index(ns, key)
  local method = Netns[key]
  if method then return method end
  local module = objects[key]
  if module then
    local object = require(module).new(ns)
    rawset(ns, key, object)
    return object
  end
  module = methods[key]
  if module then
    Netns[key] = colon.method("ns", key, require(module)[key], is_netns)
    return Netns[key]
  end
end

mt.__close = Netns.close

function mt.__tostring(ns) return tostring(ns.core) end

-- Namespaces made by hand, and whether a link has come up in one since they were last settled.
local by_hand = setmetatable({}, { __mode = "k" })
local unsettled = false

local function wrap(handle)
  local ns = setmetatable({ core = handle, name = handle:name() }, mt)
  by_hand[ns] = true
  return ns
end

---@class netlua.netns_module
local M = { Netns = Netns, metatable = mt, wrap = wrap }

--- A link has come up (or may have): the kernel acts on that a little later, in a work queue, and until then drops
--- what is sent over it (core/settle.h).
function M.link_came_up() unsettled = true end

--- Makes sure that every link that has come up counts, at both ends and in every namespace on the way: before the
--- first packet is sent. Labs see to that when they are built.
function M.settle()
  if not unsettled then return end
  unsettled = false
  for ns in pairs(by_hand) do
    if not ns.core:closed() then check(ns.core:link_settle()) end
  end
end

local function misuse(field, fmt, ...)
  core.raise(core.error_new { op = "netns.add", field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

--- Makes sure that namespaces can be made, or raises why not.
function M.enter() check(enter()) end

-- The rights were there and something else refused: a filter, a limit.
local function refused(err)
  if err.op == "netns.add" and not err.hint then err.gate, err.hint = core.rights_hint(err.errno) end
  core.raise(err)
end
M.refused = refused

---@class netlua.Netns.Opts
---@field persist? boolean show it to `ip netns` under its name, until it is closed (root only)

--- Makes a network namespace that lives as long as the handle. It has a loopback interface, up, and
--- nothing else. See network_namespaces(7).
---@param name string for people: any text of up to 127 bytes
---@param opts? netlua.Netns.Opts
---@return netlua.Netns
function M.add(name, opts)
  if opts ~= nil and type(opts) ~= "table" then
    misuse("options", "expected a table, got a %s", type(opts))
  end
  for key, value in pairs(opts or {}) do
    if key ~= "persist" then misuse("options", "%s", core.unknown_key(key, { persist = true })) end
    if type(value) ~= "boolean" then misuse(key, "expected a boolean, got '%s'", tostring(value)) end
  end
  check(enter())
  local handle, err = core.netns_add(name)
  if not handle then refused(err) end
  local ns = wrap(handle)
  check(ns.core:link_set("lo", { up = true }))
  if opts and opts.persist then
    local ok, why = handle:publish()
    if not ok then
      ns:close()
      core.raise(why)
    end
  end
  return ns
end

--- The namespace this process runs in: as root the machine's own network.
---@return netlua.Netns
function M.self()
  enter() -- a refusal is no matter: looking needs no rights
  return wrap(check(core.netns_self()))
end

--- A namespace that somebody else made: by its name under /run/netns, or that of a process.
---@param which string|{ pid: integer }
---@return netlua.Netns
function M.open(which)
  if type(which) == "table" then
    return wrap(check(core.netns_open_pid(which.pid)))
  end
  return wrap(check(core.netns_open(which)))
end

return M
