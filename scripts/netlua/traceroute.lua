--- ns:traceroute: the path to a target, traceroute(8). What comes back prints as `traceroute -n` prints it.
local core = require "netlua.core"
local step = require "netlua.step"
local targets = require "netlua.target"
local resolve, shown = targets.resolve, targets.shown
local check, floor = core.check, math.floor

local M = {}

---@class netlua.Traceroute.Opts
---@field method? "udp"|"icmp"|"tcp" what is sent (default "udp")
---@field queries? integer probes a hop, 1 to 10 (default 3)
---@field first_ttl? integer (default 1)
---@field max_ttl? integer (default 30)
---@field wait? number seconds to wait for a hop's answers (default 5). A silent hop before one that answers takes 1.1
--- port: counts up from 33434 for UDP and is 80 for TCP by default; for ICMP it is the first sequence number, 1.
---@field port? integer
---@field size? integer bytes of a packet, IP header included (default 60 for IPv4, 80 for IPv6); not for TCP
---@field source? string address to send from
---@field interface? string device to send through
---@field tos? integer type of service or traffic class
---@field mark? integer firewall mark (SO_MARK)
---@field dont_fragment? boolean
---@field mtu? boolean find the path MTU, as traceroute --mtu
---@field family? "inet"|"inet6" for targets that have both

---@class netlua.Traceroute.Probe
---@field addr? string who answered; nil when nobody did
---@field rtt? number seconds
---@field mark? string traceroute's mark: "!H", "!N", "!X", "!F-1492"
---@field reached? boolean the target itself answered

---@class netlua.Traceroute.Hop
---@field ttl integer
---@field addr? string who answered first; nil for a silent hop
---@field addrs string[] everybody who answered: several where traffic is spread over paths
---@field rtts number[] seconds, of the probes that were answered
---@field probes netlua.Traceroute.Probe[] one a query; an empty table where none answered
---@field mtu? integer what packets were cut down to here (mtu = true)

---@class netlua.Traceroute.Path
---@field target string as given
---@field addr string
---@field reached boolean
---@field hops netlua.Traceroute.Hop[]
---@field mtu? integer of the path (mtu = true)
---@field size integer bytes of the first packet
---@field max_ttl integer
---@field interface? string device that was asked for, behind a "%" too
---@field error? netlua.Error why nothing could be sent

local Path = { __name = "netlua.Traceroute.Path" }
Path.__index = Path

-- With a fraction cut to the microsecond, as a subtraction of two clocks leaves it.
local function milliseconds(seconds)
  local us = floor(seconds * 1e9 + 0.5) // 1000
  return ("%d.%03d"):format(us // 1000, us % 1000)
end

local function hop_line(hop, interface)
  local parts = { ("%2d "):format(hop.ttl) }
  local addr
  for i, probe in ipairs(hop.probes) do
    if not probe.rtt then
      parts[#parts + 1] = " *"
    else
      if not probe.addr then
        parts[#parts + 1] = " *"
      elseif probe.addr ~= addr then
        addr = probe.addr
        parts[#parts + 1] = " " .. shown(addr, interface)
      end
      parts[#parts + 1] = ("  %s ms"):format(milliseconds(probe.rtt))
      if probe.mark then parts[#parts + 1] = " " .. probe.mark end
    end
    if i == 1 and hop.mtu then parts[#parts + 1] = (" F=%d"):format(hop.mtu) end
  end
  return table.concat(parts)
end

--- What `traceroute -n` would have printed, without the last line's end.
function Path.__tostring(path)
  local lines = { ("traceroute to %s (%s), %d hops max, %d byte packets"):format(path.target,
    shown(path.addr, path.interface), path.max_ttl, path.size) }
  for _, hop in ipairs(path.hops) do lines[#lines + 1] = hop_line(hop, path.interface) end
  if path.error then
    lines[#lines + 1] = (path.error.code == "EPERM" and "send: " or "connect: ") .. path.error.message
  end
  return table.concat(lines, "\n")
end

--- Finds the routers on the way, all hops at once. Silence is a result; only what cannot be tried at all
--- raises.
---
---   local path = ns1:traceroute("198.51.100.1")
---   assert(path.reached and path.hops[1].addr == "192.0.2.254", tostring(path))
---@param ns netlua.Netns
---@param target string|netlua.Netns an address, a node, or the name of a node
---@param opts? netlua.Traceroute.Opts
---@return netlua.Traceroute.Path
function M.traceroute(ns, target, opts)
  local family = type(opts) == "table" and opts.family or nil
  local addr, label, zone = resolve("traceroute", ns, target, family)
  if zone then
    local copy = {}
    for key, value in pairs(opts or {}) do copy[key] = value end
    copy.interface = copy.interface or zone
    opts = copy
  end
  local handle <close> = check(core.trace(ns.core, addr, opts))
  step.run(handle)
  local path = handle:result()
  path.target, path.addr = label, addr
  path.max_ttl, path.interface = opts and opts.max_ttl or 30, opts and opts.interface
  return setmetatable(path, Path)
end

return M
