--- Matchers: what a packet shall look like, as a table of the same shape (or a filter such as "tcp port 80").
--
--   local match = require "netlua.match"
--   { icmp = { type = "echo request" }, ip = { src = "192.0.2.1", ttl = match.range(1, 63) } }
--
-- A value stands for itself, `true` for "is there", `false` for "is not there", an empty table for a layer that is
-- there; a function is asked with the value; a node or namespace stands for its addresses; a list that a packet
-- holds matches one of its entries. The functions below make the rest.
local core = require "netlua.core"

local M = {}

---@class netlua.Matcher
---@field test fun(got: any, packet: netlua.Packet): any
---@field text string
local Matcher = { __name = "netlua.Matcher" }
Matcher.__index = Matcher
function Matcher.__tostring(self) return self.text end

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

-- --- Text -------------------------------------------------------------------------------------------------

local function is_object(value)
  local mt = type(value) == "table" and getmetatable(value)
  return mt and mt ~= Matcher and mt.__name ~= nil
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and (type(a) == "string" or type(a) == "number") then return a < b end
    return type(a) == "number"
  end)
  return keys
end

-- As one would write it in Lua.
local function text_of(value)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") .. "" end
  if type(value) == "function" then
    local info = debug.getinfo(value, "S")
    return ("function at %s:%d"):format(info.short_src, info.linedefined)
  end
  if type(value) ~= "table" or is_object(value) or getmetatable(value) == Matcher then return tostring(value) end
  if next(value) == nil then return "{}" end
  local parts = {}
  for _, key in ipairs(sorted_keys(value)) do
    local text = text_of(value[key])
    parts[#parts + 1] = type(key) == "string" and ("%s = %s"):format(key, text) or text
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- What a packet holds, in a failure.
local function got_text(value)
  if value == nil then return "nothing" end
  if type(value) == "userdata" then return "one" end
  return text_of(value)
end

-- --- Values -----------------------------------------------------------------------------------------------

local function canonical(text)
  return (core.ip_parse(text))
end

-- Every address that a node or a namespace has.
local function has_address(object, address)
  if type(address) ~= "string" then return false end
  local bytes = canonical(address)
  if not bytes then return false end
  if object.ifaces then
    for _, iface in ipairs(object.ifaces) do
      for _, addr in pairs(iface.addrs or {}) do
        if addr.bytes == bytes then return true end
      end
    end
    return false
  end
  for _, link in ipairs(object.addr:list()) do
    for _, info in ipairs(link.addr_info or {}) do
      if canonical(info["local"]) == bytes then return true end
    end
  end
  return false
end

local test_fields

local function test_value(want, got, packet)
  local kind = type(want)
  if kind == "table" then
    local mt = getmetatable(want)
    if mt == Matcher then return want.test(got, packet) and true or false end
    if is_object(want) then return has_address(want, got) end
    if type(got) ~= "table" and type(got) ~= "userdata" then return false end
    return test_fields(want, got, packet)
  end
  if kind == "boolean" then
    if type(got) == "boolean" then return got == want end
    return (got ~= nil) == want
  end
  if got == nil then return false end
  if kind == "function" then return want(got, packet) and true or false end
  if want == got then return true end
  if type(got) == "table" then
    for _, entry in ipairs(got) do
      if entry == want then return true end
    end
    return false
  end
  -- 2001:db8::1 and 2001:DB8:0::1 are one address.
  if kind == "string" and type(got) == "string" and want:find(":", 1, true) then
    local bytes = canonical(want)
    return bytes ~= nil and bytes == canonical(got)
  end
  return false
end

function test_fields(want, got, packet)
  for key, value in pairs(want) do
    if not test_value(value, got[key], packet) then return false end
  end
  return true
end

local function new(text, test)
  return setmetatable({ text = text, test = test }, Matcher)
end

--- A number from min to max, both included. Either may be nil.
---@param min number?
---@param max number?
function M.range(min, max)
  if type(min or 0) ~= "number" or type(max or 0) ~= "number" then
    misuse("match.range", "bounds", "expected two numbers, got %s and %s", type(min), type(max))
  end
  local range = new(("%s..%s"):format(min or "", max or ""), function(got)
    return type(got) == "number" and got >= (min or got) and got <= (max or got)
  end)
  range.min, range.max = min or -math.huge, max or math.huge
  return range
end

--- One of several: `match.any_of { "S", "S." }`; each may be a matcher.
---@param list any[]
function M.any_of(list, ...)
  if type(list) ~= "table" or select("#", ...) > 0 then list = { list, ... } end
  local texts = {}
  for i, want in ipairs(list) do texts[i] = text_of(want) end
  return new("any of " .. table.concat(texts, ", "), function(got, packet)
    for _, want in ipairs(list) do
      if test_value(want, got, packet) then return true end
    end
    return false
  end)
end

--- Anything but that: `match.no "192.0.2.1"`. What is not there is anything but that.
function M.no(want)
  return new("not " .. text_of(want), function(got, packet) return not test_value(want, got, packet) end)
end

--- All of several at once.
---@param list any[]
function M.all_of(list)
  local texts = {}
  for i, want in ipairs(list) do texts[i] = text_of(want) end
  return new("all of " .. table.concat(texts, ", "), function(got, packet)
    for _, want in ipairs(list) do
      if not test_value(want, got, packet) then return false end
    end
    return true
  end)
end

--- A string that a Lua pattern finds something in.
---@param pattern string
function M.pattern(pattern)
  if type(pattern) ~= "string" then misuse("match.pattern", "pattern", "expected a string, got %s", type(pattern)) end
  return new(("pattern %q"):format(pattern), function(got)
    return type(got) == "string" and got:find(pattern) ~= nil
  end)
end

M.present = new("present", function(got) return got ~= nil end)
M.absent = new("absent", function(got) return got == nil end)

-- --- Whole packets ----------------------------------------------------------------------------------------

-- Facts of a packet beside its layers.
local facts = {
  ts = true, ts_ns = true, len = true, caplen = true, data = true, linktype = true, comment = true, ifname = true,
  node = true, direction = true, payload = true, trailer = true,
}
local fields -- layer -> set of field names

-- A misspelt name would match nothing: `expect.never` would be content for ever.
local function check_names(op, spec, path)
  fields = fields or core.packet_fields()
  for key, want in pairs(spec) do
    local layer = type(key) == "string" and (fields[key] or fields[key:match "^(.-)[2-9]$"])
    if not layer and not facts[key] then
      misuse(op, path .. tostring(key), "packets have no layer or fact of that name")
    end
    if layer and type(want) == "table" and getmetatable(want) == nil then
      for field, inner in pairs(want) do
        if field == "inner" and type(inner) == "table" and getmetatable(inner) == nil then
          check_names(op, inner, path .. key .. ".inner.")
        elseif not layer[field] then
          misuse(op, ("%s%s.%s"):format(path, key, tostring(field)), "there is no field of that name")
        end
      end
    end
  end
end

-- A filter in pcap's language as a function; compiled for each link type that comes along.
local function filter_function(op, text)
  local pcap = require "netlua.pcap"
  local programs = {}
  local function program(linktype)
    if programs[linktype] == nil then
      local compiled, problem = pcap.compile(text, linktype, 262144)
      programs[linktype] = compiled or false
      return compiled or false, problem
    end
    return programs[linktype]
  end
  -- A mistake shows now and not with the first packet; what makes no sense on Ethernet may do so elsewhere.
  local ether, problem = program(1)
  if not ether and not program(101) then misuse(op, "filter", "'%s': %s", text, problem) end
  return function(packet)
    local compiled = program(packet.linktype)
    return compiled and core.packet_passes(packet, compiled)
  end
end

---@class netlua.PacketMatcher
---@field text string as it would be written
---@field private spec table|function
local PacketMatcher = { __name = "netlua.PacketMatcher" }
PacketMatcher.__index = PacketMatcher
function PacketMatcher.__tostring(self) return self.text end

--- Makes a matcher for packets out of a table, a function, a filter in pcap's language ("tcp port 80"), or one
--- that is made already. Names that no packet can have are refused.
---@param op string for messages
---@param spec table|string|fun(packet: netlua.Packet): any
---@return netlua.PacketMatcher
function M.compile(op, spec)
  if type(spec) == "string" then
    return setmetatable({ spec = filter_function(op, spec), text = ("%q"):format(spec) }, PacketMatcher)
  end
  if getmetatable(spec) == PacketMatcher then return spec end
  if type(spec) ~= "table" and type(spec) ~= "function" then
    misuse(op, "matcher", "expected a table, a function or a filter, got %s",
      spec == nil and "nothing" or "a " .. type(spec))
  end
  if type(spec) == "table" and getmetatable(spec) == nil then check_names(op, spec, "") end
  return setmetatable({ spec = spec, text = text_of(spec) }, PacketMatcher)
end

--- Does the packet look like that?
---@param packet netlua.Packet
---@return boolean
function PacketMatcher:test(packet)
  local spec = self.spec
  if type(spec) == "function" then return spec(packet) and true or false end
  if getmetatable(spec) == Matcher then return spec.test(packet, packet) and true or false end
  return test_fields(spec, packet, packet)
end

---@class netlua.Match.Finding
---@field path string "ip.ttl"
---@field want string
---@field got string
---@field ok boolean

local function plain(value) return type(value) == "table" and getmetatable(value) == nil end

-- Adds a finding for each field asked for; how many of them agree, and out of how many.
local function find(findings, want, got, packet, path)
  local agree, count = 0, 0
  for _, key in ipairs(sorted_keys(want)) do
    local value, has = want[key], got[key]
    local name = path .. tostring(key)
    if plain(value) and (type(has) == "table" or type(has) == "userdata") then
      agree, count = agree + 1, count + 1
      if next(value) == nil then
        findings[#findings + 1] = { path = name, want = "present", got = "present", ok = true }
      end
      local a, c = find(findings, value, has, packet, name .. ".")
      agree, count = agree + a, count + c
    else
      local ok = test_value(value, has, packet)
      findings[#findings + 1] = { path = name, want = text_of(value), got = got_text(has), ok = ok }
      agree, count = agree + (ok and 1 or 0), count + 1
    end
  end
  return agree, count
end

--- Field by field: what was asked for and what the packet has.
---@param packet netlua.Packet
---@return netlua.Match.Finding[]
---@return integer agree how many fields agree
function PacketMatcher:explain(packet)
  local findings = {}
  if not plain(self.spec) then
    findings[1] = { path = "packet", want = self.text, got = "no", ok = self:test(packet) }
    return findings, findings[1].ok and 1 or 0
  end
  return findings, (find(findings, self.spec, packet, packet, ""))
end

local LOOKED_AT = 5000 -- a failure shall not take longer than the test

--- The packet that comes nearest without matching, from the first-th on; nil when there is none.
---@param packets netlua.Packet[]
---@param first? integer
---@return netlua.Packet?, integer? index
function PacketMatcher:nearest(packets, first)
  local best, at, most
  first = first or 1
  for i = first, math.min(#packets, first + LOOKED_AT) do
    local p = packets[i]
    if not self:test(p) then
      local _, agree = self:explain(p)
      if not most or agree > most then best, at, most = p, i, agree end
    end
  end
  return best, at
end

M.Matcher, M.text_of, M.misuse = Matcher, text_of, misuse

return M
