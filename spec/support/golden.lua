-- Reads the golden captures of spec/data/golden, and asks tcpdump what it says to a capture. Classic pcap only: the
-- library's own reader is tested elsewhere.
local support = require "spec.support"

local M = {}

M.dir = support.data .. "golden/"

M.names = { "arp", "icmp", "icmp6", "udp", "tcp", "ip4", "ip6", "eth", "lan", "route", "dns", "dhcp", "http", "sll", "sll2", "raw",
  "null" }

--- All packets of one golden capture: { data =, ts_ns =, len = } each, and the link type.
function M.read(name)
  local file = assert(io.open(M.dir .. name .. ".pcap", "rb"))
  local bytes = file:read "a"
  file:close()
  local packets, at = {}, 25
  while at < #bytes do
    local sec, usec, caplen, len = string.unpack("<I4I4I4I4", bytes, at)
    packets[#packets + 1] = {
      data = bytes:sub(at + 16, at + 15 + caplen), len = len, ts_ns = sec * 1000000000 + usec * 1000,
    }
    at = at + 16 + caplen
  end
  return packets, (string.unpack("<I4", bytes, 21))
end

--- What tcpdump prints for a golden capture with more options ("-v"), or nil when there is no tcpdump.
function M.tcpdump(name, options)
  local pipe = assert(io.popen(("%s -n %s -r '%s%s.pcap' 2>/dev/null"):format(
    support.tcpdump, options, M.dir, name)))
  local text = pipe:read "a"
  pipe:close()
  return text ~= "" and text or nil
end

--- What it prints for packets of ours: { data =, len =, ts_ns = } each.
function M.tcpdump_of(packets, linktype, options)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(string.pack("<I4I2I2i4I4I4I4", 0xa1b2c3d4, 2, 4, 0, 0, 262144, linktype))
  for _, p in ipairs(packets) do
    file:write(string.pack("<I4I4I4I4", p.ts_ns // 1000000000, p.ts_ns // 1000 % 1000000, #p.data, p.len), p.data)
  end
  file:close()
  local pipe = assert(io.popen(("%s -n %s -r %s 2>/dev/null"):format(support.tcpdump, options, path)))
  local text = pipe:read "a"
  pipe:close()
  os.remove(path)
  return text
end

return M
