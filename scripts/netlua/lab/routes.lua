--- Routes for a lab: shortest paths between routers, defaults for hosts, small tables. Pure.
local ip = require "netlua.ip"

local M = {}

-- Up to this many routes a router's table lists every subnet by itself, as a person would write it;
-- beyond it neighbouring subnets with one next hop become one prefix.
local PLAIN = 64

-- Which segments a node forwards between: all of a router's.
local function segments_of(node)
  local list, seen = {}, {}
  for _, iface in ipairs(node.ifaces) do
    if iface.segment and not seen[iface.segment] then
      seen[iface.segment] = iface
      list[#list + 1] = iface.segment
    end
  end
  return list, seen
end

-- Breadth first from one node over routers. Calls reach(segment, via, out): the next hop's interface
-- (nil for a connected segment) and the own interface that leads there. Ties go to the earlier link.
local function explore(from, adjacent, reach)
  local visited_segment, visited_node = {}, { [from] = true }
  local queue, head = {}, 1
  for _, iface in ipairs(from.ifaces) do
    if iface.segment and not visited_segment[iface.segment] then
      visited_segment[iface.segment] = true
      reach(iface.segment, nil, iface)
      queue[#queue + 1] = { segment = iface.segment, out = iface }
    end
  end
  while head <= #queue do
    local at = queue[head]
    head = head + 1
    for _, entry in ipairs(at.segment.routers) do
      local router = entry.node
      if not visited_node[router] then
        visited_node[router] = true
        local via = at.via or entry
        for _, segment in ipairs(adjacent[router]) do
          if not visited_segment[segment] then
            visited_segment[segment] = true
            reach(segment, via, at.out)
            queue[#queue + 1] = { segment = segment, via = via, out = at.out }
          end
        end
      end
    end
  end
end

---@class netlua.lab.Prefixes the lab's subnets of one family, and every prefix that two of them make up exactly
---@field bytes string[] entry -> network
---@field length integer[] entry -> prefix length
---@field left integer[] entry -> its lower half's entry, 0 for a subnet
---@field right integer[]
---@field of table<netlua.lab.Segment, integer> segment -> entry

--- Finds which subnets could be told as one. Once for a lab: what depends on the router is only which of
--- them share a next hop.
---@param segments netlua.lab.Segment[]
---@param family string
---@return netlua.lab.Prefixes
function M.prefixes(segments, family)
  local p = { bytes = {}, length = {}, left = {}, right = {}, of = {} }
  local levels, longest = {}, 0
  local function add(bytes, length, left, right)
    local n = #p.bytes + 1
    p.bytes[n], p.length[n], p.left[n], p.right[n] = bytes, length, left, right
    levels[length] = levels[length] or {}
    table.insert(levels[length], n)
    if length > longest then longest = length end
    return n
  end
  for _, segment in ipairs(segments) do
    local net = segment.nets[family]
    if net then p.of[segment] = add(net.bytes, net.length, 0, 0) end
  end
  -- Longest first, so that a prefix comes behind both of its halves.
  for length = longest, 1, -1 do
    local lower = {}
    for _, n in ipairs(levels[length] or {}) do lower[p.bytes[n]] = n end
    for _, n in ipairs(levels[length] or {}) do
      local bytes = p.bytes[n]
      if ip.network(bytes, length - 1) == bytes then
        local upper = ip.next_network(bytes, length)
        if upper and lower[upper] then add(bytes, length - 1, n, lower[upper]) end
      end
    end
  end
  return p
end

--- The shortest list of prefixes that covers the same addresses with the same next hops.
---@param p netlua.lab.Prefixes
---@param via table<integer, any> entry of a subnet -> next hop; absent: not to be routed
---@return integer[] entries
function M.aggregate(p, via)
  local left, right = p.left, p.right
  local hop, result, covered = {}, {}, {}
  for n = 1, #left do
    local l = left[n]
    if l == 0 then
      hop[n] = via[n]
    elseif hop[l] == hop[right[n]] then
      hop[n] = hop[l]
    end
  end
  for n = #left, 1, -1 do
    if hop[n] and not covered[n] then result[#result + 1] = n end
    if left[n] ~= 0 and (covered[n] or hop[n]) then
      covered[left[n]], covered[right[n]] = true, true
    end
  end
  return result
end

-- One walk serves both families: the wires are the same.
local function router_routes(node, families, adjacent, prefixes)
  local vias, outs, count = {}, {}, 0
  explore(node, adjacent, function(segment, via, out)
    if via then
      vias[segment], outs[via] = via, out
      count = count + 1
    end
  end)
  local lists = {}
  for _, family in ipairs(families) do
    local p, hops, list = prefixes[family], {}, {}
    for segment, via in pairs(vias) do
      local n = p.of[segment]
      if n and via.addrs[family] then hops[n] = via end
    end
    local entries
    if count > PLAIN then
      entries = M.aggregate(p, hops)
    else
      entries = {}
      for n in pairs(hops) do entries[#entries + 1] = n end
    end
    table.sort(entries)
    for i, n in ipairs(entries) do
      local via = p.left[n] == 0 and hops[n]
      local at = n
      while not via do
        at = p.left[at]
        via = hops[at]
      end
      list[i] = { bytes = p.bytes[n], length = p.length[n], via = via, out = outs[via] }
    end
    lists[family] = list
  end
  return lists
end

-- A host's default goes to the first router on its first link that has one; what another of its links
-- reaches on a shorter way gets a route of its own.
local function host_routes(node, family, adjacent)
  local gateway = node.gateway and node.gateway[family]
  local list, default = {}, nil
  if node.gateway == false then return list end
  if gateway then
    for _, iface in ipairs(node.ifaces) do
      local own = iface.addrs[family]
      if own and ip.contains(own.bytes, own.length, gateway) then
        return { { default = true, via_bytes = gateway, out = iface } }
      end
    end
    return list
  end
  for _, iface in ipairs(node.ifaces) do
    for _, entry in ipairs(iface.segment and iface.segment.routers or {}) do
      if not default and entry.addrs[family] and entry.node ~= node then
        default = { default = true, via = entry, out = iface }
      end
    end
  end
  if not default then return list end
  list[1] = default
  local _, own = segments_of(node)
  if next(own, next(own)) then
    explore(node, adjacent, function(segment, via, out)
      local net = via and segment.nets[family]
      if net and via.addrs[family] and (out ~= default.out or via ~= default.via) then
        list[#list + 1] = { bytes = net.bytes, length = net.length, via = via, out = out }
      end
    end)
  end
  return list
end

--- Sets node.routes[family] = list of { bytes =, length = | default = true, via = iface | via_bytes =, out = iface }.
---@param nodes netlua.Node[]
---@param segments netlua.lab.Segment[]
---@param families string[]
function M.compute(nodes, segments, families)
  local adjacent = {}
  for _, segment in ipairs(segments) do
    segment.routers = {}
    for _, iface in ipairs(segment.ifaces) do
      if iface.node.kind == "router" then segment.routers[#segment.routers + 1] = iface end
    end
  end
  local prefixes = {}
  for _, family in ipairs(families) do prefixes[family] = M.prefixes(segments, family) end
  for _, node in ipairs(nodes) do
    if node.kind == "router" then adjacent[node] = segments_of(node) end
  end
  for _, node in ipairs(nodes) do
    node.routes = {}
    if node.kind == "router" then
      node.routes = router_routes(node, families, adjacent, prefixes)
    elseif node.kind == "host" then
      for _, family in ipairs(families) do
        node.routes[family] = host_routes(node, family, adjacent)
      end
    end
  end
end

return M
