--- Values as text for people: what the prompt prints.
-- Not a format to read back: long lists are cut, objects show themselves with their own words.
local M = {}

---@class netlua.inspect.Opts
---@field width? integer columns that a table on one line may take, default 80
---@field items? integer entries of one table that are shown, default 50
---@field depth? integer tables inside tables that are shown, default 6

local reserved = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return
  then true until while]]):gmatch "%a+" do reserved[word] = true end

local escapes = { ["\a"] = "\\a", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t", ["\v"] = "\\v", ["\\"] = "\\\\", ['"'] = '\\"' }

-- Control characters are written as escapes; other bytes, UTF-8 among them, stay.
local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    return escapes[c] or ("\\x%02x"):format(c:byte())
  end) .. '"'
end

-- Does the value have words of its own? A broken __tostring must not end the session.
local function own_words(value)
  local mt = debug.getmetatable(value)
  if type(mt) ~= "table" or rawget(mt, "__tostring") == nil then return nil end
  local ok, text = pcall(tostring, value)
  if ok then return text end
  return "<__tostring failed: " .. tostring(text) .. ">"
end

local function by_type_then_name(a, b)
  local ta, tb = math.type(a) and "number" or type(a), math.type(b) and "number" or type(b)
  if ta ~= tb then return ta < tb end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

local function key_text(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" and not reserved[key] then return key end
  if type(key) == "string" then return "[" .. quote(key) .. "]" end
  return "[" .. tostring(key) .. "]"
end

-- The keys that stand behind the list part, in a fixed order.
local function other_keys(t, length)
  local keys = {}
  for key in next, t do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then keys[#keys + 1] = key end
  end
  table.sort(keys, by_type_then_name)
  return keys
end

local function columns(text) return utf8.len(text) or #text end

local write

-- The entries of a table as a list of texts, cut after opts.items.
local function entries(t, opts, indent, seen)
  local parts, length = {}, rawlen(t)
  local keys = other_keys(t, length)
  local total = length + #keys
  for i = 1, math.min(length, opts.items) do
    parts[#parts + 1] = write(rawget(t, i), opts, indent, seen)
  end
  for _, key in ipairs(keys) do
    if #parts >= opts.items then break end
    local name = key_text(key) .. " = "
    parts[#parts + 1] = name .. write(rawget(t, key), opts, indent, seen)
  end
  if total > #parts then parts[#parts + 1] = ("… %d more"):format(total - #parts) end
  return parts
end

local function write_table(t, opts, indent, seen)
  if seen[t] then return "<the table above>" end
  if next(t) == nil then return "{}" end
  if #indent // 2 >= opts.depth then return "{…}" end
  seen[t] = true
  local inner = indent .. "  "
  local parts = entries(t, opts, inner, seen)
  seen[t] = nil
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if not line:find "\n" and columns(line) + #indent <= opts.width then return line end
  return "{\n" .. inner .. table.concat(parts, ",\n" .. inner) .. "\n" .. indent .. "}"
end

function write(value, opts, indent, seen)
  local words = own_words(value)
  if words then return (words:gsub("\n", "\n" .. indent)) end
  if type(value) == "string" then return quote(value) end
  if type(value) == "table" then return write_table(value, opts, indent, seen) end
  return tostring(value)
end

--- The text of any value. A string alone is itself; inside tables strings are quoted.
---@param value any
---@param opts? netlua.inspect.Opts
---@return string
function M.inspect(value, opts)
  if type(value) == "string" then return value end
  opts = opts or {}
  return write(value, {
    width = opts.width or 80,
    items = opts.items or 50,
    depth = opts.depth or 6,
  }, "", {})
end

return M
