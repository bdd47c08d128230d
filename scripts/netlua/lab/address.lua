--- Subnets and addresses for a lab's segments: what was given first, the rest drawn from pools. Pure.
local ip = require "netlua.ip"

local M = {}

--- Where subnets are drawn from when none is named. 198.18.0.0/15 is RFC 2544's benchmark prefix,
--- 2001:db8::/32 RFC 3849's documentation prefix: nobody's real network.
M.POOLS = { inet = "198.18.0.0/15", inet6 = "2001:db8::/32" }

local function parse_net(text)
  local bytes, length = ip.parse(text)
  if not bytes or not length or length > #bytes * 8 then return nil end
  return { bytes = ip.network(bytes, length), length = length, given = bytes, text = text }
end

--- "192.0.2.0/24" -> { bytes =, length =, text = }, nil for what is no prefix.
M.parse_net = parse_net

-- The shortest-lived choice that fits: how many bits a drawn IPv4 subnet has for `count` interfaces.
-- /24 reads best; labs with more segments than the pool has /24s get subnets that just fit.
local function drawn_length(count, segments, pool)
  if segments <= 1 << math.max(0, 24 - pool.length) // 2 and count <= 254 then return 24 end
  local bits = 2
  while (1 << bits) - 2 < count do bits = bits + 1 end
  return 32 - bits
end

-- Subnets in the order in which they lie, none inside another.
local function in_order(nets)
  table.sort(nets, function(a, b)
    if a.bytes ~= b.bytes then return a.bytes < b.bytes end
    return a.length < b.length
  end)
  local apart = {}
  for _, net in ipairs(nets) do
    local last = apart[#apart]
    if not last or not ip.overlap(last.bytes, last.length, net.bytes, net.length) then apart[#apart + 1] = net end
  end
  return apart
end

-- The next subnet of `length` bits at or behind pool.next that touches none of `used`, which is in order. What is
-- drawn only goes up, so what lies before it (up to used[pool.at]) need not be looked at again.
local function draw(pool, length, used)
  if pool.next == false then return nil end -- the end of the address space
  local bytes = ip.network(pool.next or pool.bytes, length)
  if bytes < (pool.next or pool.bytes) then bytes = ip.next_network(bytes, length) end
  while bytes and ip.contains(pool.bytes, pool.length, bytes) do
    local other = used[pool.at]
    while other and other.bytes < bytes and not ip.overlap(other.bytes, other.length, bytes, length) do
      pool.at = pool.at + 1
      other = used[pool.at]
    end
    if not other or not ip.overlap(other.bytes, other.length, bytes, length) then
      pool.next = ip.next_network(bytes, length) or false
      return { bytes = bytes, length = length }
    end
    local wider = math.min(length, other.length)
    bytes = ip.next_network(ip.network(bytes, wider), wider)
  end
end

-- A segment's subnet in one family, from `net =` options and given addresses; conflicts are for check.lua.
local function named_net(segment, family)
  for _, link in ipairs(segment.links) do
    for _, net in ipairs(link.nets) do
      if ip.family(net.bytes) == family then return net end
    end
  end
  for _, iface in ipairs(segment.ifaces) do
    for _, given in ipairs(iface.given) do
      if ip.family(given.bytes) == family and given.length and given.length < #given.bytes * 8 then
        return { bytes = ip.network(given.bytes, given.length), length = given.length }
      end
    end
  end
end

-- Numbers for the interfaces of one segment. Hosts count from 1 up; routers from the top down where
-- hosts live (the .254 of every textbook), from 1 up on links between routers.
local function number(segment, family, net)
  local bits = #net.bytes * 8
  local size = bits - net.length
  local taken = {}
  for _, iface in ipairs(segment.ifaces) do
    for _, given in ipairs(iface.given) do
      if ip.family(given.bytes) == family then
        iface.addrs[family] = { bytes = given.bytes, length = given.length or net.length }
        taken[given.bytes] = true
      end
    end
  end
  local has_host = false
  for _, iface in ipairs(segment.ifaces) do has_host = has_host or iface.node.kind == "host" end
  -- RFC 3021: a /31 (and a /127, RFC 6164) has no network and broadcast address.
  local low, high = 1
  if size <= 1 then low = 0 end
  if family == "inet" then
    high = size <= 1 and (1 << size) - 1 or (1 << size) - 2
  else
    -- IPv6 has no broadcast; routers at the top of the last group that people still read.
    high = size >= 16 and 0xfe or (1 << size) - 1
    if #segment.ifaces > 0xf0 and size >= 16 then high = 0xfffe end
  end
  local function take(from, step)
    local n = from
    while n >= low and n <= high do
      local bytes = ip.add(net.bytes, n)
      n = n + step
      if not taken[bytes] then
        taken[bytes] = true
        return bytes, n
      end
    end
  end
  local up, down = low, high
  for _, iface in ipairs(segment.ifaces) do
    if not iface.addrs[family] then
      local bytes
      if has_host and iface.node.kind == "router" then
        bytes, down = take(down, -1)
      else
        bytes, up = take(up, 1)
      end
      if not bytes then return iface end
      iface.addrs[family] = { bytes = bytes, length = net.length }
    end
  end
end

--- Gives every segment its subnets and every interface its addresses.
---@param segments netlua.lab.Segment[]
---@param families string[] "inet", "inet6"
---@param pools table<string, string> family -> prefix to draw from
---@return table[] problems { message =, where = } for what could not be given
function M.assign(segments, families, pools)
  local problems = {}
  for _, family in ipairs(families) do
    local pool = parse_net(pools[family] or M.POOLS[family])
    local used = {}
    for _, segment in ipairs(segments) do
      segment.nets[family] = named_net(segment, family)
      used[#used + 1] = segment.nets[family]
    end
    used, pool.at = in_order(used), 1
    for _, segment in ipairs(segments) do
      local net = segment.nets[family]
      if not net and #segment.ifaces > 0 then
        local length = family == "inet6" and math.max(64, pool.length)
          or math.max(drawn_length(#segment.ifaces, #segments, pool), pool.length)
        -- The first /64 of the documentation prefix would read 2001:db8::1: start at 2001:db8:0:1::.
        if family == "inet6" and not pool.next and pool.length < 64 then
          pool.next = ip.next_network(pool.bytes, 64)
        end
        net = draw(pool, length, used)
        if not net then
          problems[#problems + 1] = {
            message = ("no free /%d left in the pool %s"):format(length, ip.prefix(pool.bytes, pool.length)),
            where = segment.links[1].where,
          }
          return problems
        end
        segment.nets[family] = net
      end
      if net then
        local unlucky = number(segment, family, net)
        if unlucky then
          problems[#problems + 1] = {
            message = ("no free address left in %s for %s of %s"):format(
              ip.prefix(net.bytes, net.length), unlucky.name, unlucky.node.name),
            where = unlucky.link.where,
          }
        end
      end
    end
  end
  return problems
end

return M
