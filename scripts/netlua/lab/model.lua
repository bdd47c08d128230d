--- What a lab's declarations amount to: which interfaces share a wire. Pure; knows no addresses.
local M = {
  -- The ifindex of a switch's bridge; a node's interfaces follow. Lower ones are not free: where tunnel modules are
  -- loaded each new namespace is born with tunl0, gre0, sit0 and the like.
  FIRST_INDEX = 100,
}

--- The ifindex of a node's next interface. The ends of a wire have different ones, even at the first node and odd at the
--- second: where they are equal the kernel acts on a carrier up to a second late (link_watch.c, linkwatch_urgent_event).
---@param node netlua.Node
---@param place integer how many the node has already
---@param side 1|2 of the wire
---@return integer
function M.index(node, place, side)
  return M.FIRST_INDEX + 2 * (place + (node.kind == "switch" and 1 or 0)) + side - 1
end

---@class netlua.lab.Iface one end of a link at a host or router, or a port of a switch
---@field node netlua.Node
---@field name string "eth0"
---@field index integer the ifindex it will have
---@field mac string
---@field mtu? integer
---@field given table[] addresses asked for: { bytes, length or nil, text }
---@field addrs table<string, table> family -> { bytes =, length = }, set by address.lua
---@field link netlua.lab.Link
---@field peer netlua.lab.Iface

---@class netlua.lab.Segment the interfaces that hear each other's broadcasts
---@field ifaces netlua.lab.Iface[] those of hosts and routers, in the order they were linked
---@field switches netlua.Node[]
---@field links netlua.lab.Link[]
---@field nets table<string, table> family -> { bytes =, length = }, set by address.lua

-- The representative of a set, with path halving.
local function find(parent, x)
  while parent[x] ~= x do
    parent[x] = parent[parent[x]]
    x = parent[x]
  end
  return x
end

--- The segments of a lab: links that meet at a switch are one. In the order of their first link.
---@param links netlua.lab.Link[]
---@return netlua.lab.Segment[]
function M.segments(links)
  local parent = {}
  local function key(iface)
    -- All ports of a switch are one place; an interface of a host or router is one of its own.
    return iface.node.kind == "switch" and iface.node or iface
  end
  for _, link in ipairs(links) do
    local a, b = key(link.a), key(link.b)
    parent[a] = parent[a] or a
    parent[b] = parent[b] or b
    parent[find(parent, a)] = find(parent, b)
  end
  local segments, by_root = {}, {}
  for _, link in ipairs(links) do
    local root = find(parent, key(link.a))
    local segment = by_root[root]
    if not segment then
      segment = { ifaces = {}, switches = {}, links = {}, nets = {}, has = {} }
      by_root[root] = segment
      segments[#segments + 1] = segment
    end
    segment.links[#segment.links + 1] = link
    for _, iface in ipairs { link.a, link.b } do
      iface.segment = segment
      if iface.node.kind ~= "switch" then
        segment.ifaces[#segment.ifaces + 1] = iface
      elseif not segment.has[iface.node] then
        segment.has[iface.node] = true
        segment.switches[#segment.switches + 1] = iface.node
      end
    end
  end
  return segments
end

--- A link that closes a ring of switches, and the ring's switches; nil when there is none.
---@param segment netlua.lab.Segment
---@return netlua.lab.Link? link
function M.switch_loop(segment)
  local parent = {}
  for _, link in ipairs(segment.links) do
    local a, b = link.a.node, link.b.node
    if a.kind == "switch" and b.kind == "switch" then
      parent[a] = parent[a] or a
      parent[b] = parent[b] or b
      local ra, rb = find(parent, a), find(parent, b)
      if ra == rb then return link end
      parent[ra] = rb
    end
  end
end

return M
