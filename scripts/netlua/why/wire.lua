--- The wires and switches of a lab's drawing, as they are now: is there a way from one interface to another?
local M = {}

---@param link table
---@return table<string, boolean>
function M.flags_of(link)
  local set = {}
  for _, flag in ipairs(link.flags) do set[flag] = true end
  return set
end
local flags_of = M.flags_of

--- Not operstate, which the kernel brings up to date a little later (up to a second, when it is busy).
function M.has_carrier(link)
  local flags = flags_of(link)
  return flags.UP and flags.LOWER_UP
end

--- The lab's interface that a link is; nil for what the drawing does not know. By its index: it may have another name
--- by now.
---@param node netlua.Netns
---@param link? table
---@return netlua.lab.Iface?
function M.iface_of(node, link)
  for _, iface in ipairs(link and rawget(node, "ifaces") or {}) do
    if iface.index == link.ifindex then return iface end
  end
end

--- The lab's interface that a link's frames go over, and the VLAN tag that they carry there ("" without one). nil for
--- what goes no such way: tunnels, bridges of the script's own.
---@param facts table
---@param link? table
---@return netlua.lab.Iface?
---@return string? tag
function M.beneath(facts, link)
  local tag = ""
  while link do
    local iface = M.iface_of(facts.node, link)
    if iface then return iface, tag end
    local info = link.linkinfo or {}
    if info.info_kind == "vlan" then
      tag = tag .. (tag == "" and "" or " in ") .. tostring(info.info_data and info.info_data.id)
    elseif info.info_kind ~= "macvlan" and info.info_kind ~= "ipvlan" then
      return nil
    end
    link = link.link and facts:link(link.link)
  end
end

local function slave_data(link)
  return link.linkinfo and link.linkinfo.info_slave_data or {}
end

-- Why a switch's port passes nothing, nil when it does.
local function closed(facts, port, packet)
  local link = facts:link_of(port)
  if not link then return ("%s is gone"):format(port.name) end
  local name = link.ifname
  if not M.has_carrier(link) then return ("its port %s is down"):format(name) end
  if not link.master then return ("its port %s belongs to no bridge"):format(name) end
  local bridge = facts:link(link.master)
  if bridge and not flags_of(bridge).UP then return ("its bridge %s is down"):format(link.master) end
  local state = slave_data(link).state
  if state and state ~= "forwarding" then
    local delay = (state == "listening" or state == "learning") and bridge and bridge.linkinfo.info_data.forward_delay
    return ("its port %s is %s%s"):format(name, state,
      delay and (": the spanning tree forwards after 2 x forward_delay, %g s"):format(delay / 50) or "")
  end
  if packet.size > link.mtu then
    return ("%d bytes do not fit the MTU %d of its port %s"):format(packet.size, link.mtu, name)
  end
end

-- What a filtering bridge makes of a frame's tag: the tag it goes out with, or nil and why it does not.
local function retagged(facts, one, other, tag)
  local inside = facts:vlans_of(one)
  if not inside then return tag end
  local vid = tag == "" and inside.pvid or math.tointeger(tonumber(tag))
  if not vid then return nil, ("its port %s takes no untagged frames (no PVID)"):format(one.ifname) end
  if not inside.member[vid] then return nil, ("its port %s is not in VLAN %d"):format(one.ifname, vid) end
  local outside = facts:vlans_of(other)
  local member = outside and outside.member[vid]
  if not member then return nil, ("its port %s is not in VLAN %d"):format(other.ifname, vid) end
  return member.untagged and "" or tostring(vid)
end

-- Why nothing goes from one open port to another; else nil and the tag it goes out with.
local function kept_apart(walk, switch, from, to, packet, tag)
  local facts = walk:facts(switch)
  local one, other = facts:link_of(from), facts:link_of(to)
  local out_tag, not_in = retagged(facts, one, other, tag)
  if not out_tag then return not_in end
  local a, b = slave_data(one), slave_data(other)
  if a.isolated and b.isolated then
    return ("its ports %s and %s are isolated from each other"):format(one.ifname, other.ifname)
  end
  if packet.asked_for and b.bcast_flood == false and packet.family == "inet" then
    return ("its port %s floods no broadcasts, so no ARP"):format(other.ifname)
  end
  local iif, oif = packet.iif, packet.oif
  packet.iif, packet.oif = one.ifname, other.ifname
  local found, hook
  for _, name in ipairs { "prerouting", "forward", "postrouting" } do
    hook = name
    found = walk:drops(switch, hook, packet, "bridge")
    if found then break end
  end
  packet.iif, packet.oif = iif, oif
  if found then
    return ("nft %s%s it at %s: %s"):format(found.sure and "" or "perhaps ",
      found.verdict == "drop" and "drops" or "rejects", hook, found.where)
  end
  return nil, out_tag
end

--- Is there a way over wires and switches between two interfaces? nil when the drawing does not tell; else
--- true, or false with the switch and the sentence.
---@param walk netlua.why.Walk
---@param from? netlua.lab.Iface
---@param to? netlua.lab.Iface
---@param packet table
---@param tag string the VLAN tag it has when it leaves
---@return boolean?
---@return { node: netlua.Node, reason: string }|string what is in the way, or the tag it arrives with
function M.wired(walk, from, to, packet, tag)
  if not from or not to then return nil end
  local seen, queue, tags = { [from] = true }, { from }, { [from] = tag }
  local blocked
  while #queue > 0 do
    local iface = table.remove(queue, 1)
    local peer = iface.peer
    if peer == to then return true, tags[iface] end
    local switch = peer.node
    if switch.kind == "switch" and not seen[peer] then
      seen[peer] = true
      local facts = walk:facts(switch)
      local reason = closed(facts, peer, packet)
      if reason then
        blocked = blocked or { node = switch, reason = reason }
      else
        for _, port in ipairs(switch.ifaces) do
          if port ~= peer and not seen[port] then
            local out, out_tag = closed(facts, port, packet), nil
            if not out then out, out_tag = kept_apart(walk, switch, peer, port, packet, tags[iface]) end
            seen[port], tags[port] = true, out_tag
            if not out then
              queue[#queue + 1] = port
            elseif port.peer == to or port.peer.node.kind == "switch" then
              blocked = blocked or { node = switch, reason = out }
            end
          end
        end
      end
    end
  end
  return false, blocked
end

return M
