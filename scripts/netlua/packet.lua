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

---@class netlua.LineOpts
---@field e? boolean the link layer too, as tcpdump -e
---@field v? boolean header fields, checksums and options, as tcpdump -v: several lines for most packets
---@field t? boolean the time in front (default true)

--- What `tcpdump -n -r` prints for these packets, one line (with `v` several) each. Sequence numbers are told from each
--- conversation's start, which one packet's own line cannot know.
---@param packets netlua.Packet[] in order
---@param opts? netlua.LineOpts
---@return string[]
function M.lines(packets, opts)
  local with, lines = { stream = core.packet_stream() }, {}
  for key, value in pairs(opts or {}) do with[key] = value end
  for i, p in ipairs(packets) do lines[i] = p:line(with) end
  return lines
end

-- The payload of a packet to build may be a packet or a table itself: its bytes.
local function plain(layers)
  local payload = type(layers) == "table" and layers.payload
  if payload and type(payload) ~= "string" then
    local copy = {}
    for key, value in pairs(layers) do copy[key] = value end
    if type(payload) == "table" then
      copy.payload = core.packet_build(plain(payload))
    elseif type(payload) == "userdata" then
      copy.payload = payload.data
    end
    return copy
  end
  return layers
end

--- Bytes from tables of fields, by the names they are read with: the other direction.
---
---   packet.build { eth = { src = …, dst = … }, ip = { src = "192.0.2.1", dst = "192.0.2.2", ttl = 1 },
---                  udp = { src_port = 40000, dst_port = 33434 }, payload = "probe" }
---
--- Lengths, checksums and what says what is next (eth.type, ip.proto …) are filled in unless given; `ip` is the version
--- that its addresses have. The layers stand in their usual order; `layers = { "eth", "ip", … }` says another. Inner
--- layers of a tunnel have a number: ip2, eth2, vlan2. `checksum = "partial"` leaves a TCP or UDP checksum for a network
--- card to finish. The payload may be a packet or such a table again (what an ICMP error quotes).
--- What p:table() gives is taken back and gives the same bytes; what has been changed in it is what changes.
---@param layers table
---@return string bytes
function M.build(layers)
  -- One value, so that it can stand last in a list.
  return (core.packet_build(plain(layers)))
end

--- A packet from such tables.
---@param layers table
---@param opts? netlua.PacketOpts
---@return netlua.Packet
function M.make(layers, opts)
  local bytes, linktype = core.packet_build(plain(layers))
  return core.packet(bytes, linktype, opts)
end

return M
