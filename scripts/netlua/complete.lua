--- What Tab adds at the prompt: names of globals, fields and methods.
local M = {}

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return
  then true until while]]):gmatch "%a+" do keywords[#keywords + 1] = word end

-- Values that a lookup may run code for: what goes wrong there means no such name.
local function index(value, key)
  local ok, found = pcall(function() return value[key] end)
  return ok and found or nil
end

local function add_keys(names, t)
  for key in next, t do
    if type(key) == "string" and key:find "^[%a_][%w_]*$" and not key:find "^__" then names[key] = true end
  end
end

-- All names that value answers to: its own keys, those of its metatable's __index, and those in the
-- tables that the metatable lists as `names` (objects whose __index is a function have that).
local function names_of(value)
  local names, seen = {}, {}
  local at = value
  while at ~= nil and not seen[at] do
    seen[at] = true
    if type(at) == "table" then add_keys(names, at) end
    local mt = debug.getmetatable(at)
    if type(mt) ~= "table" then break end
    for _, list in ipairs(type(mt.names) == "table" and mt.names or {}) do add_keys(names, list) end
    at = mt.__index
    if type(at) ~= "table" then break end
  end
  return names
end

--- The candidates for the word before the cursor.
---@param before string the line up to the cursor
---@param env table where names are looked up
---@return string word the part of the name that is there already
---@return string[] candidates whole names, sorted
---@return any owner the value whose names these are
function M.candidates(before, env)
  local path = before:match "[%a_][%w_%.:]*$" or ""
  local chain, mark, word = path:match "^(.-)([%.:]?)([%a_]?[%w_]*)$"
  local owner, method = env, mark == ":"
  -- `("x").up` and `f().x`: nothing is known about what stands before the dot.
  local start = before:sub(1, #before - #path)
  if chain == "" and start:find "[%.:]$" and not start:find "%.%.$" then return word, {}, nil end
  if mark ~= "" then
    for name in chain:gmatch "[^%.:]+" do
      owner = index(owner, name)
      if owner == nil then return word, {}, nil end
    end
  end
  local names = names_of(owner)
  if mark == "" then
    for _, keyword in ipairs(keywords) do names[keyword] = true end
  end
  local found = {}
  for name in pairs(names) do
    if name:sub(1, #word) == word and
      not (method and type(index(owner, name)) ~= "function" and type(owner) ~= "userdata") then
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return word, found, owner
end

local function common_prefix(list)
  local first, last = list[1], list[#list] -- sorted: these two differ the most
  local n = 0
  while n < #first and first:byte(n + 1) == last:byte(n + 1) do n = n + 1 end
  return first:sub(1, n)
end

-- Names in columns, as ls does.
local function in_columns(list, width)
  local longest = 0
  for _, name in ipairs(list) do longest = math.max(longest, #name) end
  local per_row = math.max(1, width // (longest + 2))
  local rows = (#list + per_row - 1) // per_row
  local lines = {}
  for row = 1, rows do
    local line = {}
    for at = row, #list, rows do line[#line + 1] = list[at] .. (" "):rep(longest - #list[at]) end
    lines[row] = table.concat(line, "  "):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

--- What the Tab key does.
---@param line string
---@param cursor integer bytes before the cursor
---@param env table
---@param width integer columns of the terminal
---@return string insert what is written at the cursor
---@return string show what is shown below the line, "" for nothing
function M.tab(line, cursor, env, width)
  local before = line:sub(1, cursor)
  if not before:find "%S" then return "  ", "" end
  local word, found, owner = M.candidates(before, env)
  if #found == 0 then return "", "" end
  local insert = common_prefix(found):sub(#word + 1)
  if #found == 1 and type(index(owner, found[1])) == "function" then insert = insert .. "(" end
  if insert ~= "" then return insert, "" end
  if #found == 1 then return "", "" end
  return "", in_columns(found, width)
end

return M
