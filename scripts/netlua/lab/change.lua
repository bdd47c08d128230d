--- Changes to a lab that runs: nodes and links that come and go, wires that are cut and mended.
-- What is there keeps its addresses; routes are computed anew and only what differs is touched.
local core = require "netlua.core"
local netns = require "netlua.netns"
local plan = require "netlua.lab.plan"

local check = core.check

local M = {}

-- Carries out steps; `ns` and `peer_ns` in them are nodes' numbers, of which some may be gone by now.
function M.apply(lab, ops)
  local handles, place = {}, {}
  local function at(number)
    if number and not place[number] then
      handles[#handles + 1] = lab.by_number[number].core
      place[number] = #handles
    end
    return number and place[number]
  end
  for _, op in ipairs(ops) do
    op.ns, op.peer_ns = at(op.ns), at(op.peer_ns)
  end
  if #ops > 0 then check(core.plan_apply(handles, ops)) end
end

-- Every address that has been given stays given.
local function pin(lab)
  for _, node in ipairs(lab.nodes) do
    for _, iface in ipairs(node.ifaces) do
      local given = {}
      for _, addr in pairs(iface.addrs) do given[#given + 1] = { bytes = addr.bytes, length = addr.length } end
      if #given > 0 then iface.given = given end
    end
  end
end

-- Takes a route away that may be gone already: with its link, or by the script's own hand.
local function unroute(lab, op)
  local ok, err = core.plan_apply({ lab.by_number[op.ns].core }, {
    { op = "unroute", ns = 1, bytes = op.bytes, length = op.length, via = op.via, index = op.index },
  })
  if not ok and err.code ~= "ESRCH" and err.code ~= "ENODEV" then check(nil, err) end
end

-- Brings every node's routes to what they should be now.
local function reroute(lab)
  local ops = {}
  for _, node in ipairs(lab.nodes) do
    local wanted, before = plan.routes_of(node, lab.families), node.applied or {}
    for key, op in pairs(before) do
      if not wanted[key] then unroute(lab, op) end
    end
    for key, op in pairs(wanted) do
      local old = before[key]
      if not old or old.via ~= op.via or old.index ~= op.index then
        local new = { replace = true }
        for k, v in pairs(op) do new[k] = v end
        ops[#ops + 1] = new
      end
    end
    node.applied = wanted
  end
  M.apply(lab, ops)
end

local function refresh_names(lab)
  for _, node in ipairs(lab.nodes) do
    if rawget(node, "box") then require("netlua.proc").refresh_hosts(node) end
  end
end

local function remove_value(list, value)
  for i = #list, 1, -1 do
    if list[i] == value then table.remove(list, i) end
  end
end

-- Takes a node without links out of the drawing, and its namespace away.
local function forget_node(lab, node)
  remove_value(lab.nodes, node)
  lab.by_name[node.name] = nil
  lab.by_number[node.number] = nil
  lab.counts[node.kind] = lab.counts[node.kind] - 1
  if rawget(node, "core") then node:close() end
end

--- Makes a node that has just been declared. When it is refused the declaration is taken back.
function M.add_node(lab, node)
  local ok, err = pcall(function()
    local handle, why = core.netns_add(node.name)
    if not handle then netns.refused(why) end
    rawset(node, "core", handle)
    if node.persist then check(node.core:publish()) end
    local sysctls = plan.sysctls_of(node, lab.families)
    for i = 1, #sysctls, 2 do check(node.core:sysctl_set(sysctls[i], sysctls[i + 1])) end
    local ops = {}
    plan.node_ops(node, ops)
    plan.up_ops(node, lab.families, ops)
    M.apply(lab, ops)
  end)
  if ok then return end
  forget_node(lab, node)
  error(err, 0)
end

--- Makes a link that has just been declared. When it is refused the declaration is taken back.
function M.add_link(lab, link)
  pin(lab)
  local made = false
  local ok, err = pcall(function()
    lab:check()
    local ops = {}
    plan.link_ops(link, ops)
    plan.iface_ops(link.a, lab.families, ops)
    plan.iface_ops(link.b, lab.families, ops)
    made = true
    M.apply(lab, ops)
    require("netlua.lab.shape").apply(link)
  end)
  if not ok then
    -- The first step makes the wire: where it was refused the name belongs to something else.
    if made and not (core.is_error(err) and err.step == 1) then
      M.apply(lab, { { op = "unlink", ns = link.a.node.number, index = link.a.index } })
    end
    M.forget_link(lab, link)
    for _, iface in ipairs { link.a, link.b } do iface.node.next_iface = iface.node.next_iface - 1 end
    lab:redraw()
    error(err, 0)
  end
  reroute(lab)
  refresh_names(lab)
end

--- Takes a link out of the drawing.
function M.forget_link(lab, link)
  remove_value(lab.links, link)
  remove_value(link.a.node.ifaces, link.a)
  remove_value(link.b.node.ifaces, link.b)
  link.removed = true
end

-- Takes both ends of a wire away. They may be gone already, by the script's own hand: with one its peer goes.
local function unlink(lab, link)
  for _, iface in ipairs { link.a, link.b } do
    if not iface.node.core:closed() then
      local ok, err = core.plan_apply({ iface.node.core }, { { op = "unlink", ns = 1, index = iface.index } })
      if ok then break end
      if err.code ~= "ENODEV" then check(nil, err) end
    end
  end
  M.forget_link(lab, link)
end

-- Draws the lab anew without what was taken away.
local function close_up(lab)
  pin(lab)
  lab:redraw()
  reroute(lab)
  refresh_names(lab)
end

--- Takes a link away, both its interfaces with it.
function M.remove_link(lab, link)
  unlink(lab, link)
  close_up(lab)
end

--- Takes a node away with its links and ends its programs.
function M.remove_node(lab, node)
  for i = #lab.links, 1, -1 do
    local link = lab.links[i]
    if link.a.node == node or link.b.node == node then unlink(lab, link) end
  end
  forget_node(lab, node)
  close_up(lab)
end

--- Cuts the wire: both ends lose their carrier. Routes are left as they are: static ones do not notice.
function M.cut(lab, link)
  M.apply(lab, {
    { op = "set", ns = link.a.node.number, index = link.a.index, up = false },
    { op = "set", ns = link.b.node.number, index = link.b.index, up = false },
  })
  link.is_cut = true
end

--- Mends it: with the carrier come back what the kernel took away with it, IPv6 addresses and routes.
function M.mend(lab, link)
  local ops = {}
  for _, iface in ipairs { link.a, link.b } do
    local first = #ops + 1
    plan.iface_ops(iface, lab.families, ops)
    for i = first, #ops do ops[i].replace = ops[i].op == "addr" or nil end
    for _, op in pairs(plan.routes_of(iface.node, lab.families)) do
      if op.index == iface.index then
        op.replace = true
        ops[#ops + 1] = op
      end
    end
  end
  -- Addresses of both ends before routes: each end's go out in one message.
  M.apply(lab, ops)
  link.is_cut = nil
end

return M
