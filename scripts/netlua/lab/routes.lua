--- Routes for a lab: shortest paths between routers, defaults for hosts, small tables. Pure.
local core = require "netlua.core"
local ip = require "netlua.ip"

local M = {}

-- Up to this many routes a router's table lists every subnet by itself, as a person would write it;
-- beyond it neighbouring subnets with one next hop become one prefix.
local PLAIN = 64

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

-- The segments a node is on, each with the first of its interfaces there.
local function segments_of(node)
  local list, own = {}, {}
  for _, iface in ipairs(node.ifaces) do
    if iface.segment and not own[iface.segment] then
      own[iface.segment] = iface
      list[#list + 1] = iface.segment
    end
  end
  return list, own
end

-- The lab as core.paths reads it. Routers have tables, and hosts with more than one wire; only routers forward.
---@param nodes netlua.Node[]
---@param segments netlua.lab.Segment[]
local function graph_of(nodes, segments)
  local g = { nodes = {}, segments = {}, owners = {}, ifaces = {}, place = {}, own = {}, number = {} }
  for i, segment in ipairs(segments) do
    g.number[segment] = i
    g.segments[i] = {}
  end
  for _, node in ipairs(nodes) do
    local list, own = segments_of(node)
    if node.kind == "router" or node.kind == "host" and #list > 1 then
      local numbers = {}
      for i, segment in ipairs(list) do numbers[i] = g.number[segment] end
      g.nodes[#g.nodes + 1] = numbers
      g.place[node], g.own[node] = #g.nodes, own
    end
  end
  for i, segment in ipairs(segments) do
    segment.routers = {}
    for _, iface in ipairs(segment.ifaces) do
      if iface.node.kind == "router" then
        segment.routers[#segment.routers + 1] = iface
        local n = #g.ifaces + 1
        g.ifaces[n], g.owners[n] = iface, g.place[iface.node]
        table.insert(g.segments[i], n)
      end
    end
  end
  return g
end

-- A family as core.paths reads it.
local function family_of(g, prefixes, segments, family)
  local of, usable = {}, {}
  for i, segment in ipairs(segments) do of[i] = prefixes.of[segment] or 0 end
  for n, iface in ipairs(g.ifaces) do usable[n] = iface.addrs[family] ~= nil end
  return { left = prefixes.left, right = prefixes.right, of = of, usable = usable }
end

-- What core.paths says for one node and family, as routes.
local function routes_from(g, node, flat, prefixes)
  local own, list = g.own[node], {}
  for i = 1, #flat, 2 do
    local n, via = flat[i], g.ifaces[flat[i + 1]]
    list[#list + 1] = { bytes = prefixes.bytes[n], length = prefixes.length[n], via = via, out = own[via.segment] }
  end
  return list
end

-- A host's default goes to the first router on its first link that has one; what another of its links
-- reaches on a shorter way gets a route of its own.
local function host_routes(node, family, shortest)
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
  for _, route in ipairs(shortest or {}) do
    if route.out ~= default.out or route.via ~= default.via then list[#list + 1] = route end
  end
  return list
end

--- Sets node.routes[family] = list of { bytes =, length = | default = true, via = iface | via_bytes =, out = iface }.
---@param nodes netlua.Node[]
---@param segments netlua.lab.Segment[]
---@param families string[]
function M.compute(nodes, segments, families)
  local g = graph_of(nodes, segments)
  local prefixes, described = {}, {}
  for i, family in ipairs(families) do
    prefixes[i] = M.prefixes(segments, family)
    described[i] = family_of(g, prefixes[i], segments, family)
  end
  local tables = core.paths(g.nodes, g.segments, g.owners, described, PLAIN)
  for _, node in ipairs(nodes) do
    local place = g.place[node]
    node.routes = {}
    for i, family in ipairs(families) do
      local shortest = place and routes_from(g, node, tables[place][i], prefixes[i])
      if node.kind == "router" then
        node.routes[family] = shortest
      elseif node.kind == "host" then
        node.routes[family] = host_routes(node, family, shortest)
      end
    end
  end
end

return M
