--- A node of a lab: a namespace with a place in a drawing. It has all that a namespace has
--- (`link`, `addr`, `route`, `ping`, `capture`, …) once the lab is built.
local core = require "netlua.core"
local ip = require "netlua.ip"
local netns = require "netlua.netns"

local misuse = function(op, field, fmt, ...)
  core.raise(core.error_new {
    op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22,
  })
end

---@class netlua.Node: netlua.Netns
---@field name string
---@field kind "host"|"router"|"switch"
---@field lab netlua.Lab
---@field ifaces netlua.lab.Iface[]
---@field where? string the script's line that made it
local Node = {}

--- The address of an interface, without its prefix length.
---@param ifname string "eth0"
---@param family? "inet"|"inet6" default: IPv4 where there is one
---@return string? address nil when the interface has none in that family
function Node:addr_of(ifname, family)
  for _, iface in ipairs(self.ifaces) do
    if iface.name == ifname then
      local addr = iface.addrs[family or "inet"] or (not family and iface.addrs.inet6)
      return addr and ip.format(addr.bytes) or nil
    end
  end
  misuse("addr_of", "ifname", "%s has no interface '%s'", self.name, tostring(ifname))
end

--- The address that stands for this node, for somebody on another node: the one on a link they share,
--- otherwise the first.
---@param family? "inet"|"inet6" default: IPv4 where there is one
---@param from? netlua.Node
---@return string? address nil when it has none in that family
function Node:address(family, from)
  local first
  for _, wanted in ipairs { family or "inet", not family and "inet6" or nil } do
    for _, iface in ipairs(self.ifaces) do
      local addr = iface.addrs and iface.addrs[wanted]
      if addr then
        first = first or addr
        for _, other in ipairs(from and from.ifaces or {}) do
          if other.segment == iface.segment then return ip.format(addr.bytes) end
        end
      end
    end
    if first then return ip.format(first.bytes) end
  end
end

--- What a name means in this node: another node of the lab. For ping and its kin.
---@param name string
---@return netlua.Node?
function Node:resolve(name)
  return self.lab.by_name[name]
end

local mt = { __name = "netlua.Node" }

-- What a namespace handle holds; asking for it before the lab is built is a mistake worth a sentence.
local needs_core = { core = true, link = true, addr = true, route = true, neigh = true, rule = true }

function mt.__index(node, key)
  local own = Node[key]
  if own ~= nil then return own end
  if needs_core[key] and not rawget(node, "core") then
    misuse(key, "lab", "%s is not there: lab '%s' %s", node.name, node.lab.name,
      node.lab.closed and "is closed" or "has not been built")
  end
  return netns.metatable.__index(node, key)
end

function mt.__tostring(node) return node.name end

local M = { Node = Node, metatable = mt, misuse = misuse }

--- Is the value a node of some lab?
---@param value any
function M.is(value)
  return type(value) == "table" and getmetatable(value) == mt
end

---@param lab netlua.Lab
---@param kind "host"|"router"|"switch"
---@param name string
---@param opts table
---@return netlua.Node
function M.new(lab, kind, name, opts)
  return setmetatable({
    lab = lab, kind = kind, name = name, ifaces = {}, routes = {}, where = core.where(),
    stp = opts.stp, gateway = opts.gateway, sysctls = opts.sysctl, persist = opts.persist,
  }, mt)
end

return M
