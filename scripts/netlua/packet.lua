--- Packets as values: their layers and fields, and tcpdump's line for them.
--
--   local packet = require "netlua.packet"
--   local p = packet.new(bytes)              -- an Ethernet frame
--   print(p, p.ip.src, p.tcp and p.tcp.flags)
--
-- A packet keeps its bytes; a field is decoded when it is asked for. Asking for a layer that is not there gives nil,
-- and no bytes whatever make an error.
local core = require "netlua.core"

local M = {}

--- LINKTYPE_ values, for packet.new: https://www.tcpdump.org/linktypes.html
M.linktype = { null = 0, ethernet = 1, raw = 101, loop = 108, sll = 113, sll2 = 276 }

---@class netlua.PacketOpts
---@field ts? number seconds since 1970; unknown when absent
---@field ts_ns? integer the same in nanoseconds
---@field len? integer length on the wire, when the bytes are only its beginning
---@field ifname? string where it was seen
---@field node? string in which node
---@field comment? string

--- A packet from its bytes, which are copied.
---@param data string
---@param linktype? integer what stands first, default Ethernet
---@param opts? netlua.PacketOpts
---@return netlua.Packet
function M.new(data, linktype, opts)
  return core.packet(data, linktype, opts)
end

return M
