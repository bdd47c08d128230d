--- ns:nft: nft's own language in a namespace, nft(8), through libnftables.
local core = require "netlua.core"

local M = {}

-- lua-cjson reads every number as a float; handles, counters and priorities are integers.
local function integers(value)
  for key, item in pairs(value) do
    if type(item) == "table" then
      integers(item)
    elseif type(item) == "number" then
      value[key] = math.tointeger(item) or item
    end
  end
  return value
end

-- What the commands printed, one JSON document for each `list`, as one table.
local function decode(json)
  local cjson = require "cjson"
  local result
  for document in json:gmatch "[^\n]+" do
    local decoded = integers(cjson.decode(document))
    if not result then
      result = decoded
    else
      -- The first object only names nft's version, which is known by now.
      table.move(decoded.nftables, 2, #decoded.nftables, #result.nftables + 1, result.nftables)
    end
  end
  return result
end

---@class netlua.Nft.Opts
---@field check? boolean only see whether the kernel would take it (`nft -c`)
---@field echo? boolean return what was added, with handles (`nft -e`)
---@field stateless? boolean lists without counters (`nft -s`)
---@field terse? boolean lists of sets without their elements (`nft -t`)
---@field define? table<string, string|integer> variables of the ruleset: `$name` (`nft -D name=value`)

--- Runs commands or a whole ruleset in nft's language, as one transaction: all of it or nothing.
---
---     router:nft "add table ip nat"
---     for _, object in ipairs(router:nft("list ruleset").nftables) do … end
---
--- Names of hosts are not looked up. An error's `message` is nft's own sentence; `line`, `columns` and
--- `source` say where in the ruleset, `report` is everything nft said.
---@param ruleset string
---@param opts? netlua.Nft.Opts
---@return table? result what `nft -j` prints, `{ nftables = { … } }` of libnftables-json(5), for `list`
--- commands and with `echo`; several lists in one call make one table. nil when nothing is printed.
--- JSON's null is `cjson.null`.
function M.nft(ns, ruleset, opts)
  local json, err = require("netlua.nft").run(ns.core, ruleset, opts)
  if not json then
    require("netlua.nft_feature").explain(err)
    core.raise(err)
  end
  return decode(json)
end

return M
