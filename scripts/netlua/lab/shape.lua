--- What a wire does to packets: rate, delay, jitter, loss, each direction on its own. Each is the queueing
--- discipline of the interface that sends in that direction: netem, or a token bucket where there is only a rate.
local core = require "netlua.core"
local misuse = require("netlua.lab.node").misuse

local M = {}

-- key -> the unit its values are in
M.units = { rate = "rate", delay = "time", jitter = "time", loss = "share" }
local keys = { "rate", "delay", "jitter", "loss" }

-- What a full bucket may send at once, and how long a packet may wait behind it.
local BUCKET = 0.01 -- seconds at the rate
local WAIT = 0.05
local LEAST = 5000 -- bytes: three packets of an Ethernet, or a slow link would send none

-- The value of one key in one direction (1: from a to b), a number or nil.
local function value_of(op, opts, key, side)
  local value = opts[key]
  if type(value) == "table" then value = value[side] end
  if value == nil or value == false then return nil end
  local number, expected = core.tc_unit(M.units[key], value)
  if not number then
    misuse(op, key, "expected %s, got %s", expected, type(value) == "string" and "'" .. value .. "'" or tostring(value))
  end
  return number
end

-- What one direction is to be like, or nil when nothing is said of it.
local function side_of(op, opts, side)
  local shape
  for _, key in ipairs(keys) do
    local value = value_of(op, opts, key, side)
    if value and value > 0 then
      shape = shape or {}
      shape[key] = value
    end
  end
  if shape and shape.jitter and not shape.delay then misuse(op, "jitter", "needs delay") end
  return shape
end

--- Reads what is said of a link, raises when it makes no sense: { of a's sending, of b's }.
---@param op string for messages
---@param opts netlua.Link.LabOpts
---@return table
function M.read(op, opts)
  for _, key in ipairs(keys) do
    local value = opts[key]
    if type(value) == "table" then
      for index in pairs(value) do
        if index ~= 1 and index ~= 2 then misuse(op, key, "expected one value, or { first to second, second to first }") end
      end
    end
  end
  return { side_of(op, opts, 1), side_of(op, opts, 2) }
end

--- The options of the queueing discipline that gives a shape.
---@return netlua.Qdisc.Opts
function M.qdisc(shape)
  if shape.delay or shape.loss then
    return { type = "netem", rate = shape.rate, delay = shape.delay, jitter = shape.jitter, loss = shape.loss }
  end
  return { type = "tbf", rate = shape.rate, latency = WAIT,
    burst = math.max(LEAST, math.tointeger(shape.rate * BUCKET // 8) or 0) }
end

-- Brings one interface to its shape, or back to none.
local function apply_side(iface, shape)
  if shape then
    return iface.node.core:qdisc_replace(iface.name, M.qdisc(shape))
  elseif iface.is_shaped then
    return iface.node.core:qdisc_del(iface.name)
  end
  return true
end

--- Brings a link that is there to what is said of it. When an end is refused the error is raised.
---@param link netlua.lab.Link
function M.apply(link)
  for side, iface in ipairs { link.a, link.b } do
    local shape = link.shape[side]
    local ok, err = apply_side(iface, shape)
    if not ok then
      err.where = err.where or link.where
      core.raise(err)
    end
    iface.is_shaped = shape ~= nil
  end
end

--- The links of a lab that are shaped at all.
---@param lab netlua.Lab
---@return netlua.lab.Link[]
function M.links(lab)
  local list = {}
  for _, link in ipairs(lab.links) do
    if link.shape[1] or link.shape[2] then list[#list + 1] = link end
  end
  return list
end

--- How long a packet and its answer may be under way for what the wires of a lab do to them, wherever they go.
---@param lab netlua.Lab
---@return number seconds; 0 where no wire is shaped
function M.round_trip(lab)
  local sum = 0
  for _, link in ipairs(M.links(lab)) do
    for side = 1, 2 do
      local shape = link.shape[side] or {}
      sum = sum + (shape.delay or 0) + (shape.jitter or 0) + (shape.rate and WAIT or 0)
    end
  end
  return sum
end

local function number(value)
  return (("%.9f"):format(value):gsub("0+$", ""):gsub("%.$", ""))
end

--- `tc qdisc` words for one direction.
---@return string
function M.words(shape)
  local q = M.qdisc(shape)
  if q.type == "tbf" then
    return ("tbf rate %dbit burst %db latency %sms"):format(q.rate // 1, q.burst, number(q.latency * 1000))
  end
  local words = { "netem" }
  local function add(format, ...) words[#words + 1] = format:format(...) end
  if q.delay then add("delay %sus%s", number(q.delay * 1e6), q.jitter and (" %sus"):format(number(q.jitter * 1e6)) or "") end
  if q.loss then add("loss %s%%", number(q.loss * 100)) end
  if q.rate then add("rate %dbit", q.rate // 1) end
  return table.concat(words, " ")
end

return M
