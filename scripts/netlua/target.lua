--- What a script may name as the other end: an address, a node, a name that the lab knows.
local core = require "netlua.core"
local ip_parse = core.ip_parse
local netns -- loaded on first use

local M = {}

local function misuse(op, fmt, ...)
  core.raise(core.error_new {
    op = op, field = "target", message = fmt:format(...), code = "EINVAL", errno = 22,
  })
end

local function describe(value)
  if type(value) == "string" then return "'" .. value .. "'" end
  return value == nil and "nothing" or "a " .. type(value)
end

local function of_object(op, ns, object, family)
  local address
  if object.address then
    address = object:address(family, ns)
  else
    -- A namespace by itself: the first address that others could know it by.
    for _, link in ipairs(object.addr:list()) do
      for _, info in ipairs(link.addr_info or {}) do
        if info.scope == "global" and info.family == (family or "inet") then
          address = address or info["local"]
        end
      end
    end
  end
  local lab = not address and rawget(object, "lab")
  if lab and (lab.closed or not lab.built) then
    misuse(op, "%s is not there: lab '%s' %s", object.name, lab.name, lab.closed and "is closed" or "has not been built")
  end
  if not address then
    misuse(op, "%s has no %s address", object.name or "the node",
      family == "inet6" and "IPv6" or family == "inet" and "IPv4" or "IP")
  end
  return address, object.name or address
end

--- The address of a target, and what people call it.
---@param op string for messages: "ping"
---@param ns netlua.Netns who asks: names are looked up there, and addresses on a shared link are preferred
---@param target string|table "192.0.2.1", "fe80::1%eth0", a node, a namespace, or a node's name
---@param family? "inet"|"inet6"
---@return string address
---@return string label
---@return string? interface the one behind a "%"
function M.resolve(op, ns, target, family)
  netns = netns or require "netlua.netns"
  netns.settle()
  if type(target) == "table" then return of_object(op, ns, target, family) end
  if type(target) ~= "string" then
    misuse(op, "expected an address, a node or its name, got %s", describe(target))
  end
  local address, zone = target:match("^(.-)%%(.+)$")
  address = address or target
  local bytes, length = ip_parse(address)
  if bytes and not length then
    local is = #bytes == 4 and "inet" or "inet6"
    if family and family ~= is then
      misuse(op, "%s is no %s address", target, family == "inet" and "IPv4" or "IPv6")
    end
    return address, target, zone
  end
  local node = ns.resolve and ns:resolve(target)
  if not node then
    misuse(op, "expected an IPv4 or IPv6 address%s, got %s",
      ns.resolve and " or the name of a node" or "", describe(target))
  end
  return of_object(op, ns, node, family), target
end

--- An address as people's tools show it: link-local ones with the device that they are at, if that is known.
---@param addr string
---@param interface? string
---@return string
function M.shown(addr, interface)
  return interface and addr:find "^fe[89ab]" and addr .. "%" .. interface or addr
end

return M
