--- What is wrong with a lab before it is built: problems stop it, warnings are told. Pure.
-- Every finding is { message =, where = } with the script's line that made it.
local ip = require "netlua.ip"
local model = require "netlua.lab.model"

local M = {}

local function finding(list, where, fmt, ...)
  list[#list + 1] = { message = fmt:format(...), where = where }
end

local function at(iface)
  return ("%s of %s (%s)"):format(iface.name, iface.node.name, iface.link.where or "?")
end

local function text_of(addr)
  return ip.prefix(addr.bytes, addr.length)
end

-- The two sides of a wire must agree on the prefix; the notes' 192.0.2.254/23 facing a /24 is found here.
local function prefix_lengths(segment, family, problems)
  local first
  for _, iface in ipairs(segment.ifaces) do
    local addr = iface.addrs[family]
    if addr then
      if not first then
        first = iface
      elseif addr.length ~= first.addrs[family].length then
        finding(problems, iface.link.where, "two prefix lengths on one link: %s on %s, but %s on %s",
          text_of(first.addrs[family]), at(first), text_of(addr), at(iface))
      end
    end
  end
end

-- What no interface can have.
local function refused_address(family, addr)
  local bytes, size = addr.bytes, #addr.bytes * 8 - addr.length
  local first = bytes:byte()
  if family == "inet" then
    if first >= 224 and first < 240 then return "a group's address" end
    if first == 127 then return "a loopback address" end
    if first == 0 then return "an address of no network" end
    if bytes == "\255\255\255\255" then return "everybody's address" end
    -- RFC 3021: a /31 has neither.
    if size >= 2 and ip.network(bytes, addr.length) == bytes then return "the network's own address" end
    if size >= 2 and ip.network(ip.add(bytes, 1), addr.length) ~= ip.network(bytes, addr.length) then
      return "the subnet's broadcast address"
    end
  elseif first == 0xff then
    return "a group's address"
  elseif ip.network(bytes, 127) == ("\0"):rep(16) then
    return "no address of a wire"
  end
end

local function usable(segment, family, problems)
  for _, iface in ipairs(segment.ifaces) do
    local addr = iface.addrs[family]
    local why = addr and refused_address(family, addr)
    if why then finding(problems, iface.link.where, "%s on %s is %s", text_of(addr), at(iface), why) end
  end
end

local words = { inet = "IPv4", inet6 = "IPv6" }

-- What is given for a family that the lab does not have would be left out without a word.
local function families_there(lab, problems)
  local there = {}
  for _, family in ipairs(lab.families) do there[family] = true end
  local function look(bytes, where, text, ...)
    local family = ip.family(bytes)
    if not there[family] then
      finding(problems, where, text .. ": the lab has no " .. words[family] .. " (family = \"" .. lab.families[1] .. "\")", ...)
    end
  end
  for _, link in ipairs(lab.links) do
    for _, net in ipairs(link.nets) do look(net.bytes, link.where, "net %s", net.text) end
    for _, iface in ipairs { link.a, link.b } do
      for _, given in ipairs(iface.given) do
        look(given.bytes, link.where, "%s on %s", given.text or ip.format(given.bytes), at(iface))
      end
    end
  end
  for _, node in ipairs(lab.nodes) do
    for _, bytes in pairs(node.gateway or {}) do
      look(bytes, node.where, "gateway %s of %s", ip.format(bytes), node.name)
    end
  end
end

-- Two stations with one hardware address: a switch sends to the one that it heard last.
local function twins(segment, warnings)
  local seen = {}
  for _, iface in ipairs(segment.ifaces) do
    local mac = iface.mac:lower()
    if seen[mac] then
      finding(warnings, iface.link.where, "%s is given twice on one wire: to %s and to %s", mac, at(seen[mac]), at(iface))
    end
    seen[mac] = iface
  end
end

local function nets_agree(segment, problems)
  local seen = {}
  for _, link in ipairs(segment.links) do
    for _, net in ipairs(link.nets) do
      local family = ip.family(net.bytes)
      local other = seen[family]
      if other and (other.net.bytes ~= net.bytes or other.net.length ~= net.length) then
        finding(problems, link.where, "two subnets on one wire: %s (%s) and %s",
          ip.prefix(other.net.bytes, other.net.length), other.where or "?", ip.prefix(net.bytes, net.length))
      end
      seen[family] = other or { net = net, where = link.where }
      if net.given ~= net.bytes then
        finding(problems, link.where, "net %s has bits behind its prefix: did you mean %s?", net.text,
          ip.prefix(net.bytes, net.length))
      end
      if net.length > #net.bytes * 8 then
        finding(problems, link.where, "net %s: a prefix of that family has at most %d bits", net.text,
          #net.bytes * 8)
      end
    end
  end
end

local function inside_net(segment, family, problems)
  local net = segment.nets[family]
  for _, iface in ipairs(segment.ifaces) do
    local addr = iface.addrs[family]
    if addr and net and not ip.contains(net.bytes, net.length, addr.bytes) then
      finding(problems, iface.link.where, "%s on %s is not in the link's subnet %s",
        text_of(addr), at(iface), ip.prefix(net.bytes, net.length))
    end
  end
end

local function duplicates(lab, family, problems)
  local seen = {}
  for _, node in ipairs(lab.nodes) do
    for _, iface in ipairs(node.ifaces) do
      local addr = iface.addrs and iface.addrs[family]
      if addr then
        local other = seen[addr.bytes]
        if other then
          finding(problems, iface.link.where, "%s is given twice: to %s and to %s", ip.format(addr.bytes),
            at(other), at(iface))
        end
        seen[addr.bytes] = other or iface
      end
    end
  end
end

local function overlaps(lab, family, problems)
  -- Sorted by first address, a subnet can only overlap its neighbours before it.
  local nets = {}
  for _, segment in ipairs(lab.segments) do
    local net = segment.nets[family]
    if net then nets[#nets + 1] = { net = net, segment = segment } end
  end
  table.sort(nets, function(a, b)
    if a.net.bytes ~= b.net.bytes then return a.net.bytes < b.net.bytes end
    return a.net.length < b.net.length
  end)
  local widest = nets[1]
  for i = 2, #nets do
    local this = nets[i]
    if ip.overlap(widest.net.bytes, widest.net.length, this.net.bytes, this.net.length) then
      finding(problems, this.segment.links[1].where, "overlapping subnets: %s (%s) and %s",
        ip.prefix(widest.net.bytes, widest.net.length), widest.segment.links[1].where or "?",
        ip.prefix(this.net.bytes, this.net.length))
    else
      widest = this
    end
  end
end

local function gateways(lab, family, problems)
  for _, node in ipairs(lab.nodes) do
    local gateway = node.gateway and node.gateway[family]
    if gateway then
      local reachable, own = false, false
      for _, iface in ipairs(node.ifaces) do
        local addr = iface.addrs[family]
        if addr and ip.contains(addr.bytes, addr.length, gateway) then reachable = true end
        if addr and addr.bytes == gateway then own = true end
      end
      if own then
        finding(problems, node.where, "gateway %s of %s is its own address", ip.format(gateway), node.name)
      elseif not reachable then
        finding(problems, node.where, "gateway %s of %s is on none of its links", ip.format(gateway), node.name)
      end
    end
  end
end

-- RFC 8200, 5: every link of IPv6 carries 1280 bytes; the kernel takes it from an interface that does not.
local LEAST6 = 1280

local function mtus(lab, problems, warnings)
  local six = lab.families[1] == "inet6" or lab.families[2] == "inet6"
  for _, link in ipairs(lab.links) do
    for _, iface in ipairs { link.a, link.b } do
      if six and (iface.mtu or LEAST6) < LEAST6 then
        finding(problems, link.where, "MTU %d on %s is too small for IPv6, which needs %d (a lab without it: family = \"inet\")",
          iface.mtu, at(iface), LEAST6)
      end
    end
    local a, b = link.a.mtu or 1500, link.b.mtu or 1500
    if a ~= b then
      finding(warnings, link.where, "MTU %d on %s faces %d on %s: the larger side's big packets are lost",
        a, at(link.a), b, at(link.b))
    end
  end
end

--- Everything that is wrong with a lab whose segments have their addresses.
---@param lab netlua.Lab
---@return table[] problems
---@return table[] warnings
function M.check(lab)
  local problems, warnings = {}, {}
  for _, segment in ipairs(lab.segments) do
    nets_agree(segment, problems)
    for _, family in ipairs(lab.families) do
      prefix_lengths(segment, family, problems)
      inside_net(segment, family, problems)
      usable(segment, family, problems)
    end
    twins(segment, warnings)
    local closing = model.switch_loop(segment)
    if closing and not (closing.a.node.stp or closing.b.node.stp) then
      finding(problems, closing.where,
        "%s and %s are in a loop of switches without STP: broadcasts would go round for ever (give the switches stp = true)",
        closing.a.node.name, closing.b.node.name)
    end
  end
  for _, family in ipairs(lab.families) do
    duplicates(lab, family, problems)
    overlaps(lab, family, problems)
    gateways(lab, family, problems)
  end
  families_there(lab, problems)
  mtus(lab, problems, warnings)
  return problems, warnings
end

return M
