--- Address arithmetic on byte strings: 4 bytes are IPv4, 16 are IPv6. Pure.
local core = require "netlua.core"

local M = {}

local parse, format = core.ip_parse, core.ip_format

--- "192.0.2.1/24" into bytes and prefix length; nil for what is no address.
---@param text string
---@return string? bytes
---@return integer? length absent when the text has none
function M.parse(text)
  if type(text) ~= "string" then return nil end
  return parse(text)
end

--- Bytes into text (RFC 5952).
---@param bytes string
---@return string
M.format = format

--- "inet" or "inet6", by size.
---@param bytes string
function M.family(bytes)
  return #bytes == 4 and "inet" or "inet6"
end

--- bytes + n; the sum wraps at the end of the address space.
---@param bytes string
---@param n integer may be negative
function M.add(bytes, n)
  if #bytes == 4 then
    return string.pack(">I4", (string.unpack(">I4", bytes) + n) & 0xffffffff)
  end
  local high, low = string.unpack(">i8i8", bytes)
  local sum = low + n
  -- Unsigned comparison tells whether the lower half carried over (or borrowed).
  if n >= 0 and math.ult(sum, low) then high = high + 1 end
  if n < 0 and math.ult(low, sum) then high = high - 1 end
  return string.pack(">i8i8", high, sum)
end

-- The mask of a 64-bit half that has `bits` ones in front.
local function mask64(bits)
  if bits <= 0 then return 0 end
  if bits >= 64 then return -1 end
  return ~(-1 >> bits)
end

--- The network's first address: all bits behind the prefix are zero.
---@param bytes string
---@param length integer
function M.network(bytes, length)
  if #bytes == 4 then
    local value = string.unpack(">I4", bytes)
    return string.pack(">I4", length == 0 and 0 or value & (0xffffffff << (32 - length)) & 0xffffffff)
  end
  local high, low = string.unpack(">i8i8", bytes)
  return string.pack(">i8i8", high & mask64(length), low & mask64(length - 64))
end

--- Is `bytes` inside network/length? Families must agree.
function M.contains(network, length, bytes)
  return #network == #bytes and M.network(bytes, length) == M.network(network, length)
end

--- Do two networks have an address in common?
function M.overlap(a, a_length, b, b_length)
  local length = math.min(a_length, b_length)
  return #a == #b and M.network(a, length) == M.network(b, length)
end

--- The network after this one, of the same length; nil at the end of the address space.
function M.next_network(network, length)
  local bits = #network * 8
  local next_one
  if bits == 32 or length > 64 then
    next_one = M.add(network, 1 << (bits - length))
  else
    local high, low = string.unpack(">i8i8", network)
    next_one = string.pack(">i8i8", high + (1 << (64 - length)), low)
  end
  -- Big-endian byte strings compare as the numbers they are.
  if next_one <= network then return nil end
  return next_one
end

--- "192.0.2.0/24"
function M.prefix(bytes, length)
  return format(bytes) .. "/" .. length
end

return M
