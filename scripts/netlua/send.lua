--- ns:send: packets of one's own on a link.
--
--   ns:send("eth0", { eth = { dst = "02:00:00:00:00:02" },
--                     ip = { src = "192.0.2.1", dst = "192.0.2.2" },
--                     icmp = { type = "echo request", id = 1, seq = 1 }, payload = "hello" })
--   local t = capture:packets()[1]:table()
--   t.ip.ttl = 1
--   ns:send("eth0", t)
local core = require "netlua.core"
local packet = require "netlua.packet"

local M = {}

local check = core.check

local ETHER = 1 -- ARPHRD_ETHER

-- A table's source address is the interface's own unless it says another; what has no link layer at all goes to
-- interfaces that have none (tun).
local function with_source(ns, ifname, t)
  if t.data ~= nil or (t.eth ~= nil and (type(t.eth) ~= "table" or t.eth.src ~= nil)) then return t end
  local own, kind = check(ns.core:send_address(ifname))
  if not t.eth then
    if kind == ETHER then
      core.raise(core.error_new {
        op = "send", field = "eth", code = "EINVAL", errno = 22,
        message = ("is missing: %s is an Ethernet, and nobody would take the frame (eth = { dst = \"02:00:…\" })"):format(ifname),
      })
    end
    return t
  end
  local filled, eth = {}, {}
  for key, value in pairs(t) do filled[key] = value end
  for key, value in pairs(t.eth) do eth[key] = value end
  eth.src = own
  filled.eth = eth
  return filled
end

local function frame_of(ns, ifname, p)
  if type(p) ~= "table" then return p end
  return packet.build(with_source(ns, ifname, p))
end

-- { eth = … } is one packet, { p1, p2 } are several.
local function is_list(packets)
  return type(packets) == "table" and (packets[1] ~= nil or next(packets) == nil)
end

---@class netlua.SendOpts
---@field finish? boolean finish checksums that were left for a network card, as in what was captured on a veth (default
--- true); false sends the bytes as they are

--- Puts packets on the wire as they are, link-layer header included; the kernel routes nothing and changes nothing.
--- A list goes out in order, with as few calls as the kernel allows. See packet(7).
---@param ns netlua.Netns
---@param ifname string
---@param packets netlua.Packet|string|table|(netlua.Packet|string|table)[] one or a list: packets, their bytes, or tables as
--- netlua.packet.build takes them
---@param opts? netlua.SendOpts
---@return integer sent how many
function M.send(ns, ifname, packets, opts)
  local frames = {}
  if packets == nil then
    core.raise(core.error_new {
      op = "send", field = "packets", code = "EINVAL", errno = 22, message = "expected a packet or a list of them, got nothing",
    })
  end
  if is_list(packets) then
    for i, p in ipairs(packets) do frames[i] = frame_of(ns, ifname, p) end
  else
    frames[1] = frame_of(ns, ifname, packets)
  end
  return check(ns.core:send_frames(ifname, frames, opts))
end

return M
