--- What `netlua help NAME` and the prompt's help(VALUE) tell: the annotations that stand above a function.
local colon = require "netlua.colon"

local M = {}

local files = {}

-- A file of the library as a list of lines; nil for what is no file.
local function lines_of(source)
  if files[source] == nil then
    local file = source:sub(1, 1) == "@" and io.open(source:sub(2))
    files[source] = false
    if file then
      local list = {}
      for line in file:lines() do list[#list + 1] = line end
      file:close()
      files[source] = list
    end
  end
  return files[source] or nil
end

-- The annotation above a line: what is said, and its tags. Comments for those who work on the code stand between.
local function annotation(lines, number)
  local first = number
  while first > 1 and lines[first - 1]:find "^%-%-" do first = first - 1 end
  local text, tags, ahead = {}, {}, nil
  for i = first, number - 1 do
    local body = lines[i]:match "^%-%-%-%s?(.*)$"
    local tag, rest = (body or ""):match "^@(%w+)%s*(.*)$"
    if tag then
      tags[#tags + 1] = { tag = tag, text = ahead and rest .. "; " .. ahead or rest }
      ahead = nil
    elseif body and ahead then
      ahead = ahead .. " " .. body
    elseif body and #tags == 0 then
      text[#text + 1] = body
    elseif body and body:find "^[%w_]+: " then
      ahead = body:match "^[%w_]+: (.*)$" -- is about the next tag
    elseif body then
      tags[#tags].text = tags[#tags].text .. " " .. body
    end
  end
  return text, tags
end

-- A type's text ends at the first space outside of brackets and quotes, and not around a "|" or ":".
local function split_type(text)
  local depth, quoted = 0, false
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == '"' then quoted = not quoted end
    if c:find "[%[{(<]" then depth = depth + 1 end
    if c:find "[%]})>]" then depth = depth - 1 end
    if c == " " and depth == 0 and not quoted and not text:sub(1, i - 1):find "[,:|]$" then
      return text:sub(1, i - 1), text:sub(i + 1)
    end
  end
  return text, ""
end

-- The fields of a class that the same file describes, and of what it is built on.
local function fields_of(lines, class)
  for i, line in ipairs(lines) do
    local name, base = line:match "^%-%-%-@class ([%w_.]+):?%s*([%w_.]*)"
    if name == class then
      local last = i
      while lines[last + 1] and lines[last + 1]:find "^%-%-%-" do last = last + 1 end
      local _, tags = annotation(lines, last + 1)
      local fields = {}
      for _, tag in ipairs(tags) do
        if tag.tag == "field" then fields[#fields + 1] = tag.text end
      end
      local more = base ~= "" and fields_of(lines, base) or {}
      return table.move(more, 1, #more, #fields + 1, fields)
    end
  end
  return {}
end

local function add_entry(out, indent, text)
  local name, rest = text:match "^(%S+)%s*(.*)$"
  local kind, words = split_type(rest)
  out[#out + 1] = ("%s%-14s %s%s"):format(indent, name, kind, words ~= "" and "  " .. words or "")
  return kind
end

local function signature(name, f)
  local info, params = debug.getinfo(f, "u"), {}
  for i = 1, info.nparams do params[i] = debug.getlocal(f, i) end
  if info.isvararg then params[#params + 1] = "…" end
  -- An object is what stands before the colon; a function of netlua.wait has its namespace in the brackets.
  local is_method = params[1] == "self" or (params[1] == "ns" and name:find "^ns[.:]")
  if is_method then
    table.remove(params, 1)
    name = name:gsub("[.:]([%w_]+)$", ":%1")
  end
  return ("%s(%s)"):format(name, table.concat(params, ", "))
end

-- What a function is called where it is written: "ns.ping" for `function M.ping(ns, …)`, "lab.link" for `Lab:link`.
local function own_name(f, line)
  local class, name = (line or ""):match "function (%w+)[.:]([%w_]+)%("
  if not class then return "function" end
  if class ~= "M" then return class:lower() .. "." .. name end
  return debug.getlocal(f, 1) == "ns" and "ns." .. name or name
end

local function of_function(name, f)
  f = colon.written(f)
  local info = debug.getinfo(f, "S")
  local lines = lines_of(info.source)
  if not lines then return nil end
  name = name or own_name(f, lines[info.linedefined])
  local text, tags = annotation(lines, info.linedefined)
  if #text == 0 and #tags == 0 then return nil end
  local out = { signature(name, f), "" }
  for _, line in ipairs(text) do out[#out + 1] = ("  " .. line):match "^(.-)%s*$" end
  if #text > 0 and #tags > 0 then out[#out + 1] = "" end
  for _, tag in ipairs(tags) do
    if tag.tag == "param" and not (tag.text:find "^ns " and name:find "^ns[.:]") then
      local kind = add_entry(out, "  ", tag.text)
      for _, field in ipairs(fields_of(lines, kind)) do add_entry(out, "    ", field) end
    elseif tag.tag == "return" then
      out[#out + 1] = "  returns        " .. tag.text
    end
  end
  return table.concat(out, "\n")
end

local function first_sentence(f)
  local info = debug.getinfo(colon.written(f), "S")
  local lines = lines_of(info.source)
  local text, tags = {}, {}
  if lines then text, tags = annotation(lines, info.linedefined) end
  for _, tag in ipairs(tags) do
    if tag.tag == "private" then return "" end
  end
  local whole = table.concat(text, " ")
  return whole:match "^(.-%.)%s" or whole
end

-- What a table has to call, one line each.
local function of_table(name, t)
  local rows, width, more = {}, 0, {}
  for key, value in pairs(t) do
    if type(key) == "string" and type(value) == "function" and not key:find "^__" and key ~= "new" then
      local row = { signature(name .. "." .. key, colon.written(value)), first_sentence(value) }
      if row[2] ~= "" then
        rows[#rows + 1] = row
        width = math.max(width, utf8.len(row[1]))
      end
    elseif type(value) == "table" and (name == "ns" or name == "netlua") then
      more[#more + 1] = name .. "." .. key
    end
  end
  if #rows == 0 then return nil end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  local out = {}
  table.sort(more)
  for i, row in ipairs(rows) do out[i] = row[1] .. (" "):rep(width - utf8.len(row[1])) .. "  " .. row[2] end
  if #more > 0 then out[#out + 1] = "\nand more in " .. table.concat(more, ", ") end
  return table.concat(out, "\n")
end

-- The classes that a script meets as objects, by the names they have in the documentation.
local objects = {
  lab = function() return require("netlua.lab").Lab end,
  link = function() return require("netlua.lab").Link end,
  node = function() return require("netlua.lab.node").Node end,
  capture = function() return require("netlua.capture").Capture end,
  proc = function() return require("netlua.proc").Proc end,
  expect = function()
    local all = {}
    for _, module in ipairs { "netlua.expect_lab", "netlua.expect_packets" } do
      for key, value in pairs(require(module)) do all[key] = value end
    end
    return all
  end,
  match = function() return require "netlua.match" end,
  wait = function() return require "netlua.wait" end,
  ns = function()
    local netns = require "netlua.netns"
    local all = {}
    for _, names in ipairs(netns.metatable.names) do
      for key, value in pairs(names) do
        if type(value) == "string" then
          local module = require(value)
          value = module[key] or module
        end
        all[key] = value
      end
    end
    return all
  end,
  netlua = function()
    local netlua = require "netlua"
    local all = {}
    for key in pairs(getmetatable(netlua).names[1]) do all[key] = netlua[key] end
    return all
  end,
}
local main = objects.netlua
function objects.netlua()
  local all = main()
  all.expect = objects.expect()
  return all
end

--- The value of a name as people write it: "ns.link.add", "ns:ping", "lab:link", "netlua.why".
---@param name string
---@return any
function M.find(name)
  local value
  for part in name:gmatch "[^.:]+" do
    if value == nil then
      value = objects[part] and objects[part]() or objects.netlua()[part]
    elseif type(value) == "table" then
      value = value[part]
    else
      return nil
    end
    if value == nil then return nil end
  end
  return value
end

--- What there is to say of a function or a table of functions, nil when nobody wrote anything.
---@param value any
---@param name? string what it is called
---@return string?
function M.of(value, name)
  if type(value) == "function" then
    -- What an expectation decides is written in another function than the one that raises.
    for key, raising in pairs(package.loaded["netlua.expect"] or {}) do
      if raising == value and objects.expect()[key] then return of_function("expect." .. key, objects.expect()[key]) end
    end
    return of_function(name, value)
  end
  if type(value) ~= "table" then return nil end
  local meta = getmetatable(value)
  local kind = type(meta) == "table" and meta.__name
  if value == package.loaded.netlua then return of_table("netlua", objects.netlua()) end
  if kind == "netlua.Netns" or kind == "netlua.Node" then return of_table("ns", objects.ns()) end
  local class = type(meta) == "table" and type(meta.__index) == "table" and meta.__index
  return of_table(name or "object", class or value)
end

--- The same for what a name stands for.
---@param name string "ns:ping"
---@return string?
function M.of_name(name)
  return M.of(M.find(name), name)
end

return M
