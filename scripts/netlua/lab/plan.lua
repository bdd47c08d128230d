--- A checked lab as steps for core, and the same steps as `ip` commands.
local core = require "netlua.core"
local ip = require "netlua.ip"
local model = require "netlua.lab.model"
local netns = require "netlua.netns"

local M = {}

-- A switch's bridge comes before its ports.
local BRIDGE = model.FIRST_INDEX

-- Every node starts the same, whatever the machine's defaults are. IPv4 settings of a new namespace are
-- copied from the machine's, IPv6 ones are the kernel's own (net.core.devconf_inherit_init_net).
M.BASELINE = {
  -- All ways back are fine: a lab with two paths is a lab, not an attack. `why` names it where it is on.
  { "net.ipv4.conf.all.rp_filter", "0" },
  { "net.ipv4.conf.default.rp_filter", "0" },
  { "net.ipv4.ip_forward", "0" },
  -- A traceroute asks many questions at once; a limited answer would look like a silent hop.
  { "net.ipv4.icmp_ratelimit", "0" },
  { "net.ipv6.icmp.ratelimit", "0" },
  -- Nobody advertises prefixes in a lab unless a script starts a program that does. Only the interfaces' own value
  -- counts, which they get from this one: writing that of "all" changes nothing.
  { "net.ipv6.conf.default.accept_ra", "0" },
  { "net.ipv6.conf.all.forwarding", "0" },
}

local ROUTER = { ["net.ipv4.ip_forward"] = "1", ["net.ipv6.conf.all.forwarding"] = "1" }

-- Settings that have no meaning where a family is absent.
local function applies(name, families)
  local family = name:find("^net%.ipv6") and "inet6" or "inet"
  for _, f in ipairs(families) do
    if f == family then return true end
  end
  return false
end

-- What a namespace made on this machine has already: writing it again would cost 15 to 60 us each. And why nothing
-- can be written at all: in a container's user namespace /proc/sys is read-only.
local defaults, covered
local function machine_defaults()
  if defaults then return defaults end
  local probe <close> = netns.add "baseline"
  defaults = {}
  for _, pair in ipairs(M.BASELINE) do
    -- A kernel without IPv6 has no such file.
    defaults[pair[1]] = probe.core:sysctl_get(pair[1]) or false
  end
  -- One that there is no way around for, with a value that it has not: that would be no refusal.
  local _, err = probe.core:sysctl_set("net.ipv4.icmp_ratelimit", defaults["net.ipv4.icmp_ratelimit"] == "0" and 1 or 0)
  covered = err and err.code == "EROFS" and err
  probe:close() -- under `netlua up` the end of a block closes nothing
  return defaults
end

-- What is not said by the script and cannot be written is left as it is: see M.warn.
local function leave_out(node, list, families)
  local kept = {}
  node.forwards = nil
  for i = 1, #list, 2 do
    local name, value = list[i], list[i + 1]
    if name == "net.ipv4.ip_forward" and applies(name, families) then
      node.forwards = value == "1" or nil
    elseif (node.sysctls or {})[name] ~= nil then
      kept[#kept + 1], kept[#kept + 2] = name, value
    end
  end
  return kept
end

--- Says what a lab will not have because /proc/sys is covered; nothing where it is not.
---@param lab netlua.Lab
---@return table[] warnings { message = }
function M.warn(lab)
  local known = machine_defaults()
  if not covered or lab:count "router" == 0 then return {} end
  local six = applies("net.ipv6", lab.families)
  if six and #lab.families == 1 then
    core.raise(core.error_new {
      op = "lab.build", subject = lab.name, code = covered.code, errno = covered.errno, hint = covered.hint,
      message = ("IPv6 cannot be forwarded: %s (%s)"):format(covered.message, covered.code),
    })
  end
  local lack = { six and "IPv6 is not forwarded" or nil }
  if known["net.ipv4.icmp_ratelimit"] ~= "0" then
    lack[#lack + 1] = "routers answer a traceroute as seldom as the machine has it (net.ipv4.icmp_ratelimit)"
  end
  if #lack == 0 then return {} end
  return { { message = ("lab.build %s: %s: %s"):format(lab.name, table.concat(lack, ", "), covered.hint) } }
end

-- From this many routers on a path may be longer than the 64 hops that packets get by default.
local LONG = 60

-- A flat list name, value, name, value for one node.
function M.sysctls_of(node, families)
  local list, own = {}, {}
  if node.kind ~= "switch" and node.lab:count "router" > LONG then
    if applies("net.ipv4", families) then own["net.ipv4.ip_default_ttl"] = 255 end
    if applies("net.ipv6", families) then own["net.ipv6.conf.all.hop_limit"] = 255 end
    if applies("net.ipv6", families) then own["net.ipv6.conf.default.hop_limit"] = 255 end
  end
  for name, value in pairs(node.sysctls or {}) do own[name] = value end
  local known = machine_defaults()
  -- A switch has no addresses: none of these means anything to it.
  for _, pair in ipairs(node.kind == "switch" and {} or M.BASELINE) do
    local name, value = pair[1], pair[2]
    if node.kind == "router" then value = ROUTER[name] or value end
    if applies(name, families) and known[name] and known[name] ~= value and own[name] == nil then
      list[#list + 1] = name
      list[#list + 1] = value
    end
  end
  local names = {}
  for name in pairs(own) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = own[name]
    list[#list + 1] = name
    list[#list + 1] = type(value) == "boolean" and (value and "1" or "0") or tostring(value)
  end
  return covered and leave_out(node, list, families) or list
end

-- fe80::1, fe80::2, … by the interface's place in its node; given by us, so that no node waits for
-- duplicate address detection and every run looks the same.
local function link_local(iface)
  return ip.add(core.ip_parse("fe80::"), (iface.node.number << 8) + (iface.index - BRIDGE) // 2 + 2)
end

local function has_inet6(families)
  return families[1] == "inet6" or families[2] == "inet6"
end

--- The steps that make one link. A switch's end is made on the switch's side, in the bridge at once.
---@param link netlua.lab.Link
function M.link_ops(link, ops)
  local a, b = link.a, link.b
  if b.node.kind == "switch" and a.node.kind ~= "switch" then a, b = b, a end
  ops[#ops + 1] = {
    op = "veth", ns = a.node.number, name = a.name, index = a.index, mac = a.mac, mtu = a.mtu,
    peer_ns = b.node.number, peer_name = b.name, peer_index = b.index, peer_mac = b.mac, peer_mtu = b.mtu,
    master = a.node.kind == "switch" and BRIDGE or nil,
  }
end

-- Does the kernel speak IPv6 on it? It takes it from what carries less than 1280 bytes.
local function speaks_inet6(iface)
  return (not iface.mtu or iface.mtu >= 1280) and machine_defaults()["net.ipv6.conf.all.forwarding"]
end

--- The steps that bring one interface up with its addresses.
function M.iface_ops(iface, families, ops)
  local n, index = iface.node.number, iface.index
  local switch = iface.node.kind == "switch"
  -- Two messages: in one the kernel raises the interface first, and where the carrier is there at once a
  -- link-local address of its own making would be born.
  local six = speaks_inet6(iface) and true or nil
  if six or switch then
    ops[#ops + 1] = { op = "set", ns = n, index = index, no_addrgen = six, master = switch and BRIDGE or nil }
  end
  ops[#ops + 1] = { op = "set", ns = n, index = index, up = true }
  if switch then return end
  if iface.node.forwards then ops[#ops + 1] = { op = "forward", ns = n, index = index } end
  for _, family in ipairs(families) do
    local addr = iface.addrs[family]
    if addr then
      ops[#ops + 1] = { op = "addr", ns = n, index = index, bytes = addr.bytes, length = addr.length,
                        nodad = family == "inet6" or nil }
    end
  end
  if has_inet6(families) then
    ops[#ops + 1] = { op = "addr", ns = n, index = index, bytes = link_local(iface), length = 64, nodad = true }
  end
end

local ZERO = { inet = ("\0"):rep(4), inet6 = ("\0"):rep(16) }

--- The steps that give one node its routes.
function M.route_ops(node, families, ops)
  for _, family in ipairs(families) do
    for _, route in ipairs(node.routes and node.routes[family] or {}) do
      ops[#ops + 1] = {
        op = "route", ns = node.number, bytes = route.default and ZERO[family] or route.bytes,
        length = route.default and 0 or route.length,
        via = route.via_bytes or route.via.addrs[family].bytes, index = route.out.index,
      }
    end
  end
end

-- A route's key among those of one node.
local function key_of(op) return op.bytes .. "/" .. op.length end

--- A node's routes as steps, by what they lead to.
---@return table<string, table>
function M.routes_of(node, families)
  local ops, by_key = {}, {}
  M.route_ops(node, families, ops)
  for _, op in ipairs(ops) do by_key[key_of(op)] = op end
  return by_key
end

--- The steps that make what a node has before it has links.
function M.node_ops(node, ops)
  if node.kind == "switch" then
    ops[#ops + 1] = { op = "bridge", ns = node.number, name = "br0", index = BRIDGE, stp = node.stp }
  end
end

--- The steps that bring a node up with the links it has.
function M.up_ops(node, families, ops)
  ops[#ops + 1] = { op = "set", ns = node.number, index = 1, up = true }
  for _, iface in ipairs(node.ifaces) do M.iface_ops(iface, families, ops) end
  -- The bridge last: each port added to a running bridge costs more than the one before.
  if node.kind == "switch" then
    -- It carries what the least of its ports does.
    local six = machine_defaults()["net.ipv6.conf.all.forwarding"]
    for _, iface in ipairs(node.ifaces) do six = six and speaks_inet6(iface) end
    if six then ops[#ops + 1] = { op = "set", ns = node.number, index = BRIDGE, no_addrgen = true } end
    ops[#ops + 1] = { op = "set", ns = node.number, index = BRIDGE, up = true }
  end
end

--- All steps of a lab, in an order in which each finds what it needs.
---@param lab netlua.Lab
---@return table[] nodes { name =, sysctls = }
---@return table[] ops
function M.steps(lab)
  local nodes, ops = {}, {}
  for i, node in ipairs(lab.nodes) do
    nodes[i] = { name = node.name, sysctls = M.sysctls_of(node, lab.families) }
  end
  for _, node in ipairs(lab.nodes) do M.node_ops(node, ops) end
  -- Links in the order in which their later end comes into being, so that making namespaces and making
  -- links overlap; those of one switch stay together.
  local links = {}
  for i, link in ipairs(lab.links) do links[i] = { link = link, at = math.max(link.a.node.number, link.b.node.number), i = i } end
  table.sort(links, function(x, y)
    if x.at ~= y.at then return x.at < y.at end
    return x.i < y.i
  end)
  for _, entry in ipairs(links) do M.link_ops(entry.link, ops) end
  for _, node in ipairs(lab.nodes) do M.up_ops(node, lab.families, ops) end
  for _, node in ipairs(lab.nodes) do M.route_ops(node, lab.families, ops) end
  return nodes, ops
end

--- Builds a checked lab: its nodes get their handles, or an error is raised and nothing is left.
---@param lab netlua.Lab
function M.run(lab)
  local nodes, ops = M.steps(lab)
  netns.enter()
  local handles, err = core.plan_run(nodes, ops)
  if not handles then netns.refused(err) end
  for i, node in ipairs(lab.nodes) do
    rawset(node, "core", handles[i])
    node.applied = M.routes_of(node, lab.families)
  end
  for _, node in ipairs(lab.nodes) do
    local ok, why = true, nil
    if node.persist then ok, why = node.core:publish() end
    if not ok then
      lab:close()
      core.raise(why)
    end
  end
end

-- --- as ip commands ---------------------------------------------------------------------------------

local function quote(text)
  if text:find("^[%w_.:@%%+-]+$") then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Names of namespaces are file names to ip: a slash cannot stand in one.
local function netns_name(name)
  return quote((name:gsub("/", "_")))
end

local write = {}

function write.bridge(op, names)
  return ("ip -n %s link add %s type bridge mcast_snooping 0%s"):format(names[op.ns].netns, op.name,
    op.stp and " stp_state 1" or "")
end

function write.veth(op, names)
  local function mtu(value) return value and " mtu " .. value or "" end
  local function one_end(name, bytes, mac)
    return ("%s%s address %s numtxqueues 1 numrxqueues 1"):format(name, mtu(bytes), mac)
  end
  return ("ip -n %s link add %s type veth peer name %s netns %s"):format(names[op.ns].netns,
    one_end(op.name, op.mtu, op.mac), one_end(op.peer_name, op.peer_mtu, op.peer_mac), names[op.peer_ns].netns)
end

function write.set(op, names)
  return ("ip -n %s link set %s%s%s%s"):format(names[op.ns].netns, names[op.ns][op.index],
    op.no_addrgen and " addrgenmode none" or "", op.master and " master " .. names[op.ns][op.master] or "",
    op.up and " up" or "")
end

function write.forward(op, names)
  return ("ip netns exec %s sysctl -qw net/ipv4/conf/%s/forwarding=1"):format(names[op.ns].netns, names[op.ns][op.index])
end

function write.addr(op, names)
  return ("ip -n %s addr add %s dev %s%s"):format(names[op.ns].netns, ip.prefix(op.bytes, op.length),
    names[op.ns][op.index], op.nodad and " nodad" or "")
end

function write.route(op, names)
  local six = #op.bytes == 16 and "-6 " or ""
  return ("ip %s-n %s route add %s via %s dev %s"):format(six, names[op.ns].netns,
    op.length == 0 and "default" or ip.prefix(op.bytes, op.length), ip.format(op.via), names[op.ns][op.index])
end

--- The lab's steps as commands for `sh`, as root: ip's, and tc's where wires are shaped.
---@param lab netlua.Lab
---@return string
function M.commands(lab)
  local nodes, ops = M.steps(lab)
  local lines, names = { "set -e" }, {}
  for i, node in ipairs(nodes) do
    names[i] = { netns = netns_name(node.name), "lo" }
    lines[#lines + 1] = "ip netns add " .. names[i].netns
    for k = 1, #node.sysctls, 2 do
      lines[#lines + 1] = ("ip netns exec %s sysctl -qw %s=%s"):format(names[i].netns, node.sysctls[k],
        quote(node.sysctls[k + 1]))
    end
  end
  for _, op in ipairs(ops) do
    if op.name then names[op.ns][op.index] = op.name end
    if op.peer_name then names[op.peer_ns][op.peer_index] = op.peer_name end
    lines[#lines + 1] = write[op.op](op, names)
  end
  local shape = require "netlua.lab.shape"
  for _, link in ipairs(shape.links(lab)) do
    for side, iface in ipairs { link.a, link.b } do
      if link.shape[side] then
        lines[#lines + 1] = ("tc -n %s qdisc add dev %s root %s"):format(names[iface.node.number].netns, iface.name,
          shape.words(link.shape[side]))
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
