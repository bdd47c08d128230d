--- Expectations about who reaches whom: reaches, unreachable, path, all_reach and their kin. A failure carries
--- the numbers of the probe and the account of netlua.why.
local core = require "netlua.core"

local M = {}

---@class netlua.expect.ProbeOpts
---@field family? "inet"|"inet6"
---@field count? integer probes, default 1
---@field timeout? number seconds to wait for an answer, default 1 and what a lab's slow wires take
---@field size? integer bytes of payload
---@field port? integer a TCP connection to this port is tried, and no echo is requested

local probe_keys = { family = true, count = true, timeout = true, size = true, interval = true, ttl = true,
  source = true, interface = true, pmtudisc = true, port = true }
local connect_keys = { family = true, timeout = true, source = true, port = true, count = true }

local function misuse(name, field, fmt, ...)
  core.raise(core.error_new {
    op = "expect." .. name, field = field, message = fmt:format(...), code = "EINVAL", errno = 22,
  })
end

-- Seconds to wait for an answer: more where wires are slow, twice the way for ARP's sake.
local function patience(least, what)
  local lab = rawget(what, "links") and what or rawget(what, "lab")
  return lab and least + 2 * require("netlua.lab.shape").round_trip(lab) or least
end

local function probe_opts(name, opts, timeout)
  local copy = { count = 1, timeout = timeout }
  for key, value in pairs(opts or {}) do
    if not probe_keys[key] then misuse(name, "options", "%s", core.unknown_key(key, probe_keys)) end
    copy[key] = value
  end
  return copy
end

local function name_of(what) return type(what) == "table" and what.name or tostring(what) end

-- A node may be given by its name, where some node of the same lab is at hand.
local function node_of(name, lab, what)
  if type(what) == "string" and lab and lab.by_name[what] then return lab.by_name[what] end
  if type(what) == "table" and what.core then return what end
  misuse(name, "from", "expected a node, got %s", tostring(what))
end

local function account_of(from, to, opts)
  local ok, account = pcall(require("netlua.why").why, from, to, { family = opts and opts.family,
    proto = opts and opts.port and "tcp", port = opts and opts.port })
  return ok and account or nil
end

-- A connection to a port of the other: true, or false with the kernel's answer.
local function connects(name, from, to, wanted)
  for key in pairs(wanted) do
    if not connect_keys[key] then misuse(name, key, "has no meaning with a port") end
  end
  if math.type(wanted.port) ~= "integer" or wanted.port < 1 or wanted.port > 65535 then
    misuse(name, "port", "expected an integer from 1 to 65535, got %s", tostring(wanted.port))
  end
  local ok, result = pcall(from.connect, from, to, wanted.port,
    { family = wanted.family, timeout = wanted.timeout, source = wanted.source })
  if ok then
    result:close()
    return true
  end
  if not core.is_error(result) or result.field then error(result, 0) end
  return false, result
end

local function explain(message, account)
  if not account then return message end
  return message .. "\n" .. tostring(account)
end

--- `from` reaches `to`: every echo request is answered, or a connection comes about.
---@param from netlua.Node
---@param to netlua.Node|string
---@param opts? netlua.expect.ProbeOpts
function M.reaches(from, to, opts)
  from = node_of("reaches", type(to) == "table" and rawget(to, "lab"), from)
  local wanted = probe_opts("reaches", opts, patience(1, from))
  if wanted.port then
    local open, err = connects("reaches", from, to, wanted)
    if open then return true end
    local account = account_of(from, to, opts)
    return false, {
      message = explain(("%s does not reach tcp port %d of %s: %s"):format(name_of(from), wanted.port, name_of(to), err.message),
        account),
      account = account,
    }
  end
  local result = from:ping(to, wanted)
  if result.received >= wanted.count then return true, result end
  local account = account_of(from, to, opts)
  return false, {
    message = explain(("%s does not reach %s: %d of %d answered"):format(name_of(from), name_of(to), result.received,
      wanted.count), account),
    result = result, account = account,
  }
end

--- `from` does not reach `to`: no echo request is answered, or a connection is refused or not answered.
---@param from netlua.Node
---@param to netlua.Node|string
---@param opts? netlua.expect.ProbeOpts timeout: default 0.2 seconds and what a lab's slow wires take
function M.unreachable(from, to, opts)
  from = node_of("unreachable", type(to) == "table" and rawget(to, "lab"), from)
  -- A reply inside a machine takes microseconds; one that is forbidden need not be awaited for long.
  local wanted = probe_opts("unreachable", opts, patience(0.2, from))
  if wanted.port then
    return not connects("unreachable", from, to, wanted), {
      message = ("%s reaches tcp port %d of %s, and should not"):format(name_of(from), wanted.port, name_of(to)),
    }
  end
  local result = from:ping(to, wanted)
  if result.received == 0 then return true, result end
  return false, {
    message = ("%s reaches %s, and should not: %d of %d answered"):format(name_of(from), name_of(to),
      result.received, wanted.count),
    result = result,
  }
end

-- Which node has an address: for a path that is told in names.
local function owner_name(lab, address)
  for _, node in ipairs(lab and lab.nodes or {}) do
    for _, iface in ipairs(node.ifaces) do
      for _, family in ipairs { "inet", "inet6" } do
        local addr = iface.addrs[family]
        if addr and core.ip_format(addr.bytes) == address then return node end
      end
    end
  end
end

--- The way from `from` to `to` leads over exactly these nodes (or addresses), the last one included.
---@param from netlua.Node
---@param to netlua.Node|string
---@param hops (netlua.Node|string)[]
---@param opts? { family?: string, method?: "udp"|"icmp"|"tcp" }
function M.path(from, to, hops, opts)
  from = node_of("path", type(to) == "table" and rawget(to, "lab"), from)
  if type(hops) ~= "table" then misuse("path", "hops", "expected a list of nodes, got %s", type(hops)) end
  local trace_opts = { queries = 1 }
  for key, value in pairs(opts or {}) do trace_opts[key] = value end
  local result = from:traceroute(to, trace_opts)
  local lab = rawget(from, "lab")
  local seen, wanted, same = {}, {}, result.reached and #result.hops == #hops
  for i, hop in ipairs(result.hops) do
    local node = hop.addr and owner_name(lab, hop.addr)
    seen[i] = node and node.name or hop.addr or "*"
    local want = hops[i]
    if type(want) == "string" and lab and lab.by_name[want] then want = lab.by_name[want] end
    if type(want) == "table" then same = same and node == want else same = same and hop.addr == want end
  end
  for i, hop in ipairs(hops) do wanted[i] = name_of(hop) end
  if same then return true, result end
  return false, {
    message = explain(("the way from %s to %s is %s, not %s"):format(name_of(from), name_of(to),
      #seen > 0 and table.concat(seen, ", ") or "unknown", table.concat(wanted, ", ")),
      not result.reached and account_of(from, to, opts) or nil),
    result = result,
  }
end

--- Every host and router of a lab reaches every other, in both families that the lab has.
---@param lab netlua.Lab
---@param opts? netlua.expect.ProbeOpts family: only this one
function M.all_reach(lab, opts)
  if type(lab) ~= "table" or not lab.nodes then misuse("all_reach", "lab", "expected a lab, got %s", type(lab)) end
  local wanted = probe_opts("all_reach", opts, patience(1, lab))
  if wanted.port then misuse("all_reach", "port", "has no meaning for every pair") end
  local lost = {}
  for _, family in ipairs(wanted.family and { wanted.family } or lab.families) do
    wanted.family = family
    for _, result in ipairs(lab:ping_all(wanted)) do
      if result.received < wanted.count then lost[#lost + 1] = { result = result, family = family } end
    end
  end
  if #lost == 0 then return true end
  local lines = {}
  for i = 1, math.min(#lost, 10) do
    local r = lost[i].result
    lines[i] = ("  %s -> %s (%s)"):format(name_of(r.from), name_of(r.to), lost[i].family)
  end
  if #lost > 10 then lines[11] = ("  and %d more"):format(#lost - 10) end
  local first = lost[1].result
  local account = account_of(first.from, first.to, { family = lost[1].family })
  return false, {
    message = explain(("%d pairs do not reach each other:\n%s"):format(#lost, table.concat(lines, "\n")), account),
    lost = lost, account = account,
  }
end

--- The packet's way ends with this verdict of netlua.why, at this node when one is given.
---@param from netlua.Node
---@param to netlua.Node|string
---@param verdict string
---@param at? netlua.Node
function M.verdict(from, to, verdict, at)
  from = node_of("verdict", type(to) == "table" and rawget(to, "lab"), from)
  local account = require("netlua.why").why(from, to)
  if account.verdict == verdict and (at == nil or account.at == at) then return true, account end
  return false, {
    message = ("expected '%s'%s\n%s"):format(verdict, at and " at " .. name_of(at) or "", tostring(account)),
    account = account,
  }
end

--- A port of a node is open: a socket listens there.
---@param node netlua.Node
---@param port integer
---@param proto? "tcp"|"udp" default tcp
function M.listens(node, port, proto)
  proto = proto or "tcp"
  if core.check(node.core:port_open(proto, port)) then return true end
  return false, { message = ("nothing listens on %s port %d of %s"):format(proto, port, name_of(node)) }
end

return M
