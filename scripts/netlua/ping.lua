--- ns:ping and netlua.ping_all: echo requests, ping(8). What comes back prints as ping prints it.
local core = require "netlua.core"
local step = require "netlua.step"
local targets = require "netlua.target"
local resolve, shown = targets.resolve, targets.shown
local check, floor = core.check, math.floor

local M = {}

---@class netlua.Ping.Opts
--- count: 1 by default; with a deadline it counts replies, and there is no limit by default.
---@field count? integer probes to send
---@field interval? number seconds between probes (default 1); 0: the next as soon as a reply is back
---@field size? integer payload bytes, 0 to 65507 (default 56)
---@field pattern? string payload, 1 to 16 bytes in hexadecimal, repeated
---@field ttl? integer 1 to 255
---@field tos? integer type of service or traffic class, 0 to 255
---@field source? string address to send from
---@field interface? string device to send through
---@field dont_fragment? boolean true: as ping -M do; false: as -M dont
---@field pmtudisc? "do"|"dont"|"want"|"probe" as ping -M
---@field mark? integer firewall mark (SO_MARK)
--- timeout: without any reply 4 by default, in which an unreachable neighbour is reported; else as long as two of
--- the longest round trips, at least 1.
---@field timeout? number seconds to wait after the last probe
---@field deadline? number seconds after which it ends in any case
---@field flood? boolean as fast as replies come back, up to `window` at a time
---@field window? integer probes under way at once with interval 0 (default 1; with flood 32; in ping_all 64)
---@field family? "inet"|"inet6" for targets that have both
---@field socket? "raw"|"dgram" default: raw, and datagram where raw is refused (icmp(7))

---@class netlua.Ping.Reply
---@field seq integer from 1
---@field addr string who answered
---@field ttl integer as it arrived
---@field rtt number seconds, by the kernel's timestamp
---@field at number seconds since the first probe
---@field bytes integer ICMP header and payload
---@field duplicate? boolean
---@field corrupted? boolean

---@class netlua.Ping.Error
---@field seq integer
---@field addr string who says so
---@field type integer
---@field code integer
---@field message string "Destination Host Unreachable"
---@field mtu? integer of the link that a packet was too big for
---@field at number seconds since the first probe

---@class netlua.Ping.Result
---@field target string as given
---@field addr string
---@field family "inet"|"inet6"
---@field sent integer
---@field received integer
---@field duplicates integer
---@field corrupted integer
---@field error_count integer
---@field loss? number percent of what was sent
---@field min? number seconds, as avg, max, mdev
---@field avg? number
---@field max? number
---@field mdev? number standard deviation
---@field time number seconds from the first probe to the last
---@field replies netlua.Ping.Reply[] in order of arrival
---@field errors netlua.Ping.Error[] ICMP errors, and error objects for what this machine refused to send
---@field notices netlua.Ping.Error[] redirects, with `gateway`
---@field error? netlua.Error why sending was refused, if it was
---@field from? netlua.Netns (ping_all)
---@field to? any (ping_all)

-- Where the lists of a result come from until they are asked for: result -> its handle, its place in it,
-- and what the header needs to know.
local origin = setmetatable({}, { __mode = "k" })

-- Up to this many probes a result is filled at once, so that it shows itself whole; thousands of replies
-- become tables only when somebody looks.
local EAGER = 64

local lists = { replies = true, errors = true, notices = true }

local function fetch(result, key)
  local o = origin[result]
  local list = o.handle[key](o.handle, o.index)
  rawset(result, key, list)
  return list
end

local Result = { __name = "netlua.Ping.Result" }

function Result.__index(result, key)
  if lists[key] and origin[result] then return fetch(result, key) end
end

function Result.__pairs(result)
  for key in pairs(lists) do local _ = result[key] end
  return next, result, nil
end

-- --- ping's text --------------------------------------------------------------------------------

local function microseconds(seconds)
  return floor(seconds * 1e9 + 0.5) // 1000
end

local function milliseconds(us)
  return ("%d.%03d"):format(us // 1000, us % 1000)
end

-- Fewer digits the longer it took.
local function time_text(us)
  if us >= 100000 - 50 then return ("%d"):format((us + 500) // 1000) end
  if us >= 10000 - 5 then return ("%d.%01d"):format((us + 50) // 1000, (us + 50) % 1000 // 100) end
  if us >= 1000 then return ("%d.%02d"):format((us + 5) // 1000, (us + 5) % 1000 // 10) end
  return milliseconds(us)
end

local function header(result, o)
  local from = ""
  if o.source then from = ("from %s %s: "):format(o.source, o.interface or "") end
  local v6 = result.family == "inet6"
  local sizes = v6 and ("%d data bytes"):format(o.size)
    or ("%d(%d) bytes of data."):format(o.size, o.size + 28)
  return ("%sPING %s%s(%s) %s%s"):format(o.pattern and ("PATTERN: 0x%s\n"):format(o.pattern) or "",
    result.target, v6 and "" or " ", result.addr .. (v6 and o.zone or ""), from, sizes)
end

local function reply_line(reply, o)
  local ttl = reply.ttl and (" ttl=%d"):format(reply.ttl) or ""
  -- Without room for a time stamp ping knows no times.
  local time = o.size >= 16 and (" time=%s ms"):format(time_text(microseconds(reply.rtt))) or ""
  return ("%d bytes from %s: icmp_seq=%d%s%s%s%s"):format(reply.bytes, shown(reply.addr, o.interface),
    reply.seq & 0xffff, ttl, time, reply.duplicate and " (DUP!)" or "",
    reply.corrupted and " (BAD CHECKSUM!)" or "")
end

local function error_line(e, o, family)
  if not e.type then
    if e.code == "EMSGSIZE" and e.mtu then
      return ("ping: local error: message too long, mtu%s%d"):format(family == "inet6" and ": " or "=", e.mtu)
    end
    return "ping: sendmsg: " .. e.message
  end
  return ("From %s icmp_seq=%d %s"):format(shown(e.addr, o.interface), e.seq & 0xffff, e.message)
end

local function notice_line(e)
  return ("From %s: icmp_seq=%d %s"):format(e.addr, e.seq & 0xffff, e.message)
end

local function event_lines(result, o)
  local events = {}
  local function add(list, format)
    for _, e in ipairs(list) do
      events[#events + 1] = { at = e.at, place = #events, text = format(e, o, result.family) }
    end
  end
  add(result.replies, reply_line)
  add(result.errors, error_line)
  add(result.notices, notice_line)
  table.sort(events, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.place < b.place
  end)
  local lines = {}
  for i, e in ipairs(events) do lines[i] = e.text end
  return lines
end

-- A flood shows a dot for each probe that is still missing, and an E for each that was refused.
local function flood_line(result)
  local dots = result.sent - result.received - result.error_count
  return ("."):rep(dots > 0 and dots or 0) .. ("E"):rep(result.error_count)
end

local function counts(result)
  local parts = {
    ("%d packets transmitted, %d received"):format(result.sent, result.received),
  }
  if result.duplicates > 0 then parts[#parts + 1] = ("+%d duplicates"):format(result.duplicates) end
  if result.corrupted > 0 then parts[#parts + 1] = ("+%d corrupted"):format(result.corrupted) end
  if result.error_count > 0 then parts[#parts + 1] = ("+%d errors"):format(result.error_count) end
  if result.loss then
    parts[#parts + 1] = ("%.6g%% packet loss"):format(result.loss)
    parts[#parts + 1] = ("time %dms"):format(floor(result.time * 1000 + 0.5))
  end
  return table.concat(parts, ", ")
end

local function figures(result, o)
  local parts = {}
  if result.received > 0 and o.size >= 16 then
    parts[1] = ("rtt min/avg/max/mdev = %s/%s/%s/%s ms"):format(
      milliseconds(microseconds(result.min)), milliseconds(microseconds(result.avg)),
      milliseconds(microseconds(result.max)), milliseconds(microseconds(result.mdev)))
  end
  if result.pipe > 1 then parts[#parts + 1] = ("pipe %d"):format(result.pipe) end
  if result.received > 0 and o.interval == 0 and result.sent > 1 then
    parts[#parts + 1] = ("ipg/ewma %s/%s ms"):format(
      milliseconds(floor(result.time * 1e6) // (result.sent - 1)),
      milliseconds(microseconds(result.ewma)))
  end
  return table.concat(parts, ", ")
end

--- What ping would have printed, without the last line's end.
function Result.__tostring(result)
  local o = origin[result].header
  if result.sent == 0 and result.error then
    return "ping: connect: " .. result.error.message
  end
  local lines = { header(result, o) }
  if o.flood then
    lines[2] = flood_line(result)
  else
    table.move(event_lines(result, o), 1, result.sent + #result.errors + #result.notices
      + #result.replies, 2, lines)
    lines[#lines + 1] = ""
  end
  lines[#lines + 1] = ("--- %s ping statistics ---"):format(result.target)
  lines[#lines + 1] = counts(result)
  lines[#lines + 1] = figures(result, o)
  return table.concat(lines, "\n")
end

-- --- running ------------------------------------------------------------------------------------

-- The caller's options with a device from the target's "%eth0"; they are not changed.
local function with_interface(opts, interface)
  if not interface then return opts end
  local copy = {}
  for key, value in pairs(opts or {}) do copy[key] = value end
  copy.interface = copy.interface or interface
  return copy
end

local function header_of(opts)
  opts = opts or {}
  return {
    size = opts.size or 56, pattern = opts.pattern, flood = opts.flood, interface = opts.interface,
    interval = opts.interval or (opts.flood and 0 or 1), zone = "",
  }
end

local function finish(handle, index, label, o)
  local result = handle:result(index)
  result.target = label
  origin[result] = { handle = handle, index = index, header = o }
  return setmetatable(result, Result)
end

--- Sends echo requests and waits for what comes of them. Replies that do not come are a result; only what
--- cannot be tried at all raises (an unknown device, a source address that is not here).
---
---   local reply = ns1:ping("192.0.2.254", { count = 3, interval = 0.01 })
---   assert(reply.received == 3, tostring(reply))
---@param ns netlua.Netns
---@param target string|netlua.Netns an address ("fe80::1%eth0" too), a node, or the name of a node
---@param opts? netlua.Ping.Opts
---@return netlua.Ping.Result
function M.ping(ns, target, opts)
  local family = type(opts) == "table" and opts.family or nil
  local addr, label, zone = resolve("ping", ns, target, family)
  opts = with_interface(opts, zone)
  local handle = check(core.ping({ ns.core, addr }, opts))
  local o = header_of(opts)
  o.zone = zone and "%" .. zone or ""
  if opts and (opts.source or opts.interface) and not zone then
    o.source = opts.source or core.probe_source(ns.core, addr, { interface = opts.interface })
  end
  step.run(handle)
  local result = finish(handle, 1, label, o)
  if result.sent <= EAGER then
    for key in pairs(lists) do fetch(result, key) end
  end
  return result
end

local function misuse_pairs(message)
  core.raise(core.error_new { op = "ping_all", field = "pairs", code = "EINVAL", errno = 22, message = message })
end

--- Pings many pairs at once: one socket a namespace and family, one wait for all.
---
---   local results = netlua.ping_all({ { from = a, to = b }, { from = b, to = "192.0.2.1" } })
---@param pairs_ { from: netlua.Netns, to: string|netlua.Netns }[]
---@param opts? netlua.Ping.Opts for all; interval 0 by default
---@return netlua.Ping.Result[] in the order of the list; each with `from` and `to`
function M.ping_all(pairs_, opts)
  if type(pairs_) ~= "table" then
    misuse_pairs("expected a list of { from =, to = }, got " .. (pairs_ == nil and "nothing" or "a " .. type(pairs_)))
  end
  if rawget(pairs_, "nodes") then misuse_pairs "expected a list of { from =, to = }, got a lab (lab:ping_all pings every pair)" end
  if opts ~= nil and type(opts) ~= "table" then check(core.ping({}, opts)) end
  local all = { interval = 0, window = 64 }
  for key, value in pairs(opts or {}) do all[key] = value end
  local flat, labels = {}, {}
  for i, pair in ipairs(pairs_) do
    if type(pair) ~= "table" or type(pair.from) ~= "table" then
      misuse_pairs(("entry %d is no { from = NODE, to = TARGET }"):format(i))
    end
    local addr, label = resolve("ping_all", pair.from, pair.to, all.family)
    flat[2 * i - 1], flat[2 * i], labels[i] = pair.from.core, addr, label
  end
  local handle = check(core.ping(flat, all))
  step.run(handle)
  local results, o = {}, header_of(all)
  for i, pair in ipairs(pairs_) do
    local result = finish(handle, i, labels[i], o)
    result.from, result.to = pair.from, pair.to
    results[i] = result
  end
  return results
end

return M
