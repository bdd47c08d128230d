--- What nft's NAT does to a packet on its way, and undoes in the answer.
local M = {}

-- The address that the kernel would take for a packet that leaves (or came) by an interface.
local function own_address(walk, node, dev, packet)
  local facts = walk:facts(node)
  local route = facts:route(packet.dst, { oif = dev })
  if route and route.prefsrc then return route.prefsrc end
  local link = facts:link(dev)
  for _, info in ipairs(link and link.addr_info or {}) do
    if info.family == packet.family and info.scope == "global" then return info["local"] end
  end
end

local function remember(walk, node, translation)
  local list = walk.translations[node] or {}
  walk.translations[node] = list
  list[#list + 1] = translation
  walk:note(node, "nft writes %s instead of %s as its %s", translation.new, translation.old,
    translation.side == "dst" and "destination" or "source")
end

local function translate_first(walk, node, hook, packet)
  local ruleset = walk:facts(node):ruleset()
  local statement = ruleset and require("netlua.why.filter").translation(ruleset, hook, packet)
  if not statement then return end
  local side = (statement.dnat or statement.redirect ~= nil) and "dst" or "src"
  local given = statement.dnat or statement.snat or statement.redirect or statement.masquerade
  if type(given) ~= "table" then given = {} end -- null: nothing is said
  local new = given.addr
  if side == "dst" and statement.redirect ~= nil then
    new = hook == "output" and (packet.family == "inet" and "127.0.0.1" or "::1") or own_address(walk, node, packet.iif, packet)
  elseif statement.masquerade ~= nil then
    new = own_address(walk, node, packet.oif, packet)
  end
  -- A map or a range: which address it will be is not known here.
  if type(new) ~= "string" then return end
  local key = side == "dst" and "dport" or "sport"
  remember(walk, node, { side = side, old = packet[side], new = new, old_port = packet[key] })
  packet[side] = new
  if packet[key] and math.type(given.port) == "integer" then packet[key] = given.port end
end

--- At a hook: the first packet is translated as the ruleset says; its answer goes back to what it was.
---@param walk netlua.why.Walk
---@param node netlua.Netns
---@param hook "prerouting"|"output"|"postrouting"
---@param packet table
function M.translate(walk, node, hook, packet)
  if not packet.reply then return translate_first(walk, node, hook, packet) end
  local list = walk.translations[node] or {}
  for i = #list, 1, -1 do
    local t = list[i]
    if t.side == "src" and hook == "prerouting" and packet.dst == t.new then
      packet.dst, packet.dport = t.old, t.old_port
    elseif t.side == "dst" and hook == "postrouting" and packet.src == t.new then
      packet.src, packet.sport = t.old, t.old_port
    end
  end
end

return M
