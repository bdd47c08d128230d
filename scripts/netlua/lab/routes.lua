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

--- Joins sibling prefixes that share a next hop until nothing can be joined. Exact: the result covers
--- the same addresses as the input.
---@param list table[] { bytes =, length =, via =, out = }
---@return table[]
function M.aggregate(list)
  local by_key, longest = {}, 0
  for _, route in ipairs(list) do
    by_key[route.length] = by_key[route.length] or {}
    by_key[route.length][route.bytes] = route
    if route.length > longest then longest = route.length end
  end
  for length = longest, 1, -1 do
    local level = by_key[length]
    if level then
      local up = by_key[length - 1] or {}
      for bytes, route in pairs(level) do
        local parent = ip.network(bytes, length - 1)
        local sibling = bytes == parent and ip.next_network(bytes, length) or parent
        local other = sibling and level[sibling]
        -- A prefix already taken by the parent itself must not be overwritten.
        if other and other.via == route.via and other.out == route.out and not up[parent] then
          up[parent] = { bytes = parent, length = length - 1, via = route.via, out = route.out }
        end
      end
      by_key[length - 1] = next(up) and up or nil
      for bytes in pairs(level) do
        local parent = up[ip.network(bytes, length - 1)]
        if parent and parent.via == level[bytes].via and parent.out == level[bytes].out
          and level[bytes == parent.bytes and ip.next_network(bytes, length) or parent.bytes] ~= nil then
          level[bytes].joined = true
        end
      end
    end
  end
  local result = {}
  for length = 0, longest do
    local level, keys = by_key[length] or {}, {}
    for bytes, route in pairs(level) do
      if not route.joined then keys[#keys + 1] = bytes end
    end
    table.sort(keys)
    for _, bytes in ipairs(keys) do result[#result + 1] = level[bytes] end
  end
  return result
end

-- One walk serves both families: the wires are the same.
local function router_routes(node, families, adjacent)
  local lists = {}
  for _, family in ipairs(families) do lists[family] = {} end
  explore(node, adjacent, function(segment, via, out)
    if not via then return end
    for family, list in pairs(lists) do
      local net = segment.nets[family]
      if net and via.addrs[family] then
        list[#list + 1] = { bytes = net.bytes, length = net.length, via = via, out = out }
      end
    end
  end)
  for family, list in pairs(lists) do
    if #list > PLAIN then lists[family] = M.aggregate(list) end
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
  for _, node in ipairs(nodes) do
    if node.kind == "router" then adjacent[node] = segments_of(node) end
  end
  for _, node in ipairs(nodes) do
    node.routes = {}
    if node.kind == "router" then
      node.routes = router_routes(node, families, adjacent)
    elseif node.kind == "host" then
      for _, family in ipairs(families) do
        node.routes[family] = host_routes(node, family, adjacent)
      end
    end
  end
end

return M
