--- Compares our answers with those of the real `ip -json -details`, key by key and value by value.
local cjson = require "cjson"

local M = {}

--- What is knowingly not as `ip` has it, with the reason. A key here may differ or be absent; nothing else may.
---@type { object: string, key: string, reason: string }[]
M.left_out = {
  { object = "route", key = "encap", reason = "lightweight tunnels (MPLS, SRv6, …) can neither be asked for nor shown" },
  { object = "link", key = "xdp", reason = "no XDP program can be loaded with netlua, so there is none to show" },
  { object = "link", key = "vfinfo_list", reason = "virtual functions belong to real cards; the same holds for phys_port_*" },
  { object = "link", key = "gso_ipv4_max_size", reason = "iproute2 6.1 does not know it yet; newer versions show it" },
  { object = "link", key = "gro_ipv4_max_size", reason = "as gso_ipv4_max_size" },
  { object = "addr", key = "protocol", reason = "iproute2 6.1 does not know it yet; newer versions show it" },
  { object = "addr", key = "(the link, with family = inet6)",
    reason = "`ip -6 addr` shows of the link only what IPv6 keeps of it, and names a peer of another namespace wrongly" },
  { object = "addr", key = "(empty entries)",
    reason = "`ip` writes {} for each link or address that a filter has held back" },
  { object = "addr", key = "(the link, with label)", reason = "`ip addr show label …` shows no link, but for one that has no address" },
  { object = "route", key = "(route get … connected)", reason = "`ip -json` writes two answers without a comma: no JSON" },
  { object = "neigh", key = "(neigh get)", reason = "`ip -json neigh get` writes text: its entry is that of the list" },
  { object = "rule", key = "(dscp, flow label)", reason = "iproute2 6.1 does not know them yet: rules of newer kernels" },
}

--- Keys that count seconds: they may have gone on between our question and ip's.
M.counted = { valid_life_time = true, preferred_life_time = true, expires = true, used = true, confirmed = true, updated = true }

local function both_count(key, ours, theirs)
  return M.counted[key] and type(ours) == "number" and type(theirs) == "number"
    and math.abs(ours - theirs) <= require("spec.support").slow
end

local function key_left_out(object, key)
  for _, entry in ipairs(M.left_out) do
    -- What `ip addr` says of a link is what `ip link` says of it.
    local same = entry.object == object or (object == "addr" and entry.object == "link")
    if same and entry.key == key then return true end
  end
  return false
end

-- ip writes an empty object for each link and each address that a filter has held back.
local function without_empty(list)
  local kept = {}
  for _, entry in ipairs(list) do
    if type(entry) ~= "table" or next(entry) ~= nil then kept[#kept + 1] = entry end
  end
  return kept
end

-- ip's flag keys have the value null; a Lua table cannot hold that, so it is true. In answers about links null stands for
-- "none" (no lower link, no validation): there the key is absent.
local function value_of(object, value)
  if value == cjson.null then
    if object == "link" or object == "addr" then return nil end
    return true
  end
  return value
end

local function diff(object, ours, theirs, path, found)
  theirs = value_of(object, theirs)
  if type(theirs) == "table" and #theirs > 0 then theirs = without_empty(theirs) end
  if type(ours) ~= "table" or type(theirs) ~= "table" then
    if ours ~= theirs then
      found[#found + 1] = ("%s: we say %s, ip says %s"):format(path, tostring(ours), tostring(theirs))
    end
    return
  end
  local keys = {}
  for key in pairs(ours) do keys[key] = true end
  for key in pairs(theirs) do keys[key] = true end
  for key in pairs(keys) do
    if not key_left_out(object, key) and not both_count(key, ours[key], theirs[key]) then
      diff(object, ours[key], theirs[key], ("%s.%s"):format(path, key), found)
    end
  end
end

--- All differences as text, nil when there is none.
---@param object string "route": for the list of what is left out
---@return string?
function M.differences(object, ours, theirs)
  local found = {}
  diff(object, ours, theirs, object, found)
  table.sort(found)
  return found[1] and table.concat(found, "\n") or nil
end

--- Asks both sides up to three times: lifetimes are counted down and entries age between the two questions. Raises with
--- the differences when they are never the same.
---@param object string
---@param ask_us fun(): table[]
---@param ask_ip fun(): table[]
function M.same_soon(object, ask_us, ask_ip)
  local found
  for _ = 1, 3 do
    local ours, theirs = ask_us(), ask_ip()
    if #theirs == 0 then error("ip's answer is empty", 2) end
    found = M.differences(object, ours, theirs)
    if not found then return end
  end
  error("not ip's answer:\n" .. found, 2)
end

--- Raises with the differences, if there are any; and when ip's answer is empty: that would show nothing.
function M.same(object, ours, theirs)
  if #theirs == 0 then error("ip's answer is empty", 2) end
  local found = M.differences(object, ours, theirs)
  if found then error("not ip's answer:\n" .. found, 2) end
end

return M
