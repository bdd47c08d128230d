--- The expectations over packets: sequence, count, never, within. See netlua.expect for how they are called.
local core = require "netlua.core"
local capture_module = require "netlua.capture"
local ladders = require "netlua.ladder"
local match = require "netlua.match"

local check_options, check_seconds = capture_module.check_options, capture_module.check_seconds
local pull, await = capture_module.pull, capture_module.await

local M = {}

---@class netlua.expect.Opts
---@field timeout? number seconds that a running capture is waited for, default 1
---@field save? string a pcapng that is written when the expectation fails
---@field ladder? boolean draw the packets in a failure, default true

local options = { timeout = true, save = true, ladder = true }

local function check_capture(op, capture)
  if getmetatable(capture) == nil or getmetatable(capture).__index ~= capture_module.Capture then
    match.misuse(op, "capture", "expected a capture, got %s", type(capture) == "table" and tostring(capture)
      or capture == nil and "nothing" or "a " .. type(capture))
  end
  capture_module.alive(capture, op)
end

-- --- Failures ---------------------------------------------------------------------------------------------

local MOST = 40 -- rows of a ladder in a failure
local DRAWN = 200 -- packets that are looked at for it

local function numbered(index, packet)
  return ("%d: %s"):format(index, packet)
end

-- The nearest miss, field by field.
local function add_nearest(lines, capture, matcher, from)
  local packet, index = matcher:nearest(capture.list, from)
  if not packet then return nil end
  lines[#lines + 1] = "  nearest   " .. numbered(index, packet)
  local findings, widest = matcher:explain(packet), 0
  for _, f in ipairs(findings) do widest = math.max(widest, #f.path) end
  for _, f in ipairs(findings) do
    local path = f.path .. (" "):rep(widest - #f.path)
    if f.ok then
      lines[#lines + 1] = ("            ok  %s  %s"):format(path, f.got)
    else
      lines[#lines + 1] = ("            NO  %s  wanted %s, got %s"):format(path, f.want, f.got)
    end
  end
  return packet, index
end

local function dropped(capture)
  return capture:stats().dropped
end

-- The packets that a failure draws: all, or those around the place that it is about.
local function packets_around(capture, place)
  local list = capture.list
  if #list <= DRAWN then return list end
  local first = math.max(1, math.min(place or #list, #list) - DRAWN // 2)
  local last = math.min(#list, first + DRAWN - 1)
  return table.move(list, first, last, 1, {}), first, last
end

local function add_circumstances(lines, capture, opts, place)
  local lost = dropped(capture)
  lines[#lines + 1] = ("  captured  %d packet%s at %s%s"):format(#capture.list, #capture.list == 1 and "" or "s",
    capture.what, lost > 0 and (", and the kernel dropped %d"):format(lost) or "")
  if opts.ladder ~= false and #capture.list > 0 then
    local packets, first, last = packets_around(capture, place)
    if first then lines[#lines + 1] = ("  packets %d to %d:"):format(first, last) end
    local ladder = ladders.new(packets, { most = MOST, colour = false }, capture.places)
    for line in tostring(ladder):gmatch "[^\n]+" do lines[#lines + 1] = "  " .. line end
  end
  if opts.save then
    capture:save(opts.save, { format = "pcapng" })
    lines[#lines + 1] = "  saved as  " .. opts.save
  end
end

local function fail(capture, opts, lines, facts)
  facts = facts or {}
  add_circumstances(lines, capture, opts, facts.place)
  facts.message = table.concat(lines, "\n")
  facts.packets = capture:packets()
  return false, facts
end

-- --- Expectations -----------------------------------------------------------------------------------------

local function check_arguments(op, capture, opts)
  check_capture(op, capture)
  opts = check_options(op, opts, options)
  return opts, core.now() + check_seconds(op, opts, "timeout", 1)
end

local function compile_list(op, list)
  if type(list) ~= "table" or #list == 0 then
    match.misuse(op, "matchers", "expected a list of matchers, got %s", type(list) == "table" and "none"
      or list == nil and "nothing" or "a " .. type(list))
  end
  local matchers = {}
  for i, spec in ipairs(list) do matchers[i] = match.compile(op, spec) end
  return matchers
end

--- Packets that look like these came in this order; others may have come between.
---@param capture netlua.Capture
---@param list (table|function)[]
---@param opts? netlua.expect.Opts
---@return boolean, netlua.Packet[]|table found the packets, one for each matcher
function M.sequence(capture, list, opts)
  local op = "expect.sequence"
  local deadline
  opts, deadline = check_arguments(op, capture, opts)
  local matchers = compile_list(op, list)
  local found, index, at, order
  pull(capture)
  -- The earliest packet that will do is always the best choice.
  repeat
    if order ~= capture.reordered then found, index, at, order = {}, {}, 0, capture.reordered end
    while #found < #matchers and capture.list[at + 1] do
      at = at + 1
      local p = capture.list[at]
      if matchers[#found + 1]:test(p) then
        found[#found + 1], index[#index + 1] = p, at
      end
    end
    if #found == #matchers then return true, found end
  until not await(capture, deadline)

  local nth = #found + 1
  local matcher, after = matchers[nth], index[#index] or 0
  local lines = {
    ("packet %d of %d is missing"):format(nth, #matchers),
    "  wanted    " .. matcher.text,
  }
  if found[1] then lines[#lines + 1] = "  after     " .. numbered(after, found[#found]) end
  local facts = { matched = found }
  facts.nearest, facts.place = add_nearest(lines, capture, matcher, after + 1)
  for i = 1, after do
    if matcher:test(capture.list[i]) then
      lines[#lines + 1] = "  too early " .. numbered(i, capture.list[i])
      break
    end
  end
  return fail(capture, opts, lines, facts)
end

local function bounds(op, n)
  if math.type(n) == "integer" and n >= 0 then return n, n, tostring(n) end
  if getmetatable(n) == match.Matcher and n.min then return n.min, n.max, n.text end
  match.misuse(op, "n", "expected a number of packets or match.range(min, max), got %s", tostring(n))
end

--- So many packets look like that. A running capture is waited for while there are too few.
---@param capture netlua.Capture
---@param spec table|function|string
---@param n integer|netlua.Matcher a number or match.range(min, max)
---@param opts? netlua.expect.Opts
---@return boolean, integer|table count
function M.count(capture, spec, n, opts)
  local op = "expect.count"
  local deadline
  opts, deadline = check_arguments(op, capture, opts)
  local matcher = match.compile(op, spec)
  local min, max, text = bounds(op, n)
  local count, at, found, order
  pull(capture)
  repeat
    if order ~= capture.reordered then count, at, found, order = 0, 0, {}, capture.reordered end
    while capture.list[at + 1] do
      at = at + 1
      if matcher:test(capture.list[at]) then
        count = count + 1
        found[count] = at
      end
    end
  until count >= min or not await(capture, deadline)
  if count >= min and count <= max then
    if dropped(capture) == 0 then return true, count end
    return fail(capture, opts, { ("%d of %s packets, but the kernel dropped some"):format(count, text) })
  end
  local lines = {
    ("%d packet%s, expected %s"):format(count, count == 1 and "" or "s", text),
    "  matching  " .. matcher.text,
  }
  for i = 1, math.min(count, 10) do
    lines[#lines + 1] = ("  %-8s  %s"):format(i == 1 and "found" or "", numbered(found[i], capture.list[found[i]]))
  end
  local facts = { count = count, place = found[#found] }
  if count < min then facts.nearest, facts.place = add_nearest(lines, capture, matcher, 1) end
  return fail(capture, opts, lines, facts)
end

--- No packet looks like that: of those that have crossed, or, with a `timeout`, that cross until then.
---@param capture netlua.Capture
---@param spec table|function|string
---@param opts? netlua.expect.Opts
---@return boolean, table?
function M.never(capture, spec, opts)
  local op = "expect.never"
  check_capture(op, capture)
  opts = check_options(op, opts, options)
  local deadline = core.now() + check_seconds(op, opts, "timeout", 0)
  local matcher = match.compile(op, spec)
  local at, order
  pull(capture)
  repeat
    if order ~= capture.reordered then at, order = 0, capture.reordered end
    while capture.list[at + 1] do
      at = at + 1
      if matcher:test(capture.list[at]) then
        return fail(capture, opts, {
          "there is such a packet", "  unwanted  " .. matcher.text, "  found     " .. numbered(at, capture.list[at]),
        }, { found = capture.list[at], place = at })
      end
    end
  until not await(capture, deadline)
  if dropped(capture) == 0 then return true end
  return fail(capture, opts, { "none was seen, but the kernel dropped packets", "  unwanted  " .. matcher.text })
end

--- A packet that looks like that has crossed, or crosses within so many seconds from now.
---@param capture netlua.Capture
---@param seconds number
---@param spec table|function|string
---@param opts? netlua.expect.Opts `timeout` has no use here
---@return boolean, netlua.Packet|table
function M.within(capture, seconds, spec, opts)
  local op = "expect.within"
  check_capture(op, capture)
  check_seconds(op, { seconds = seconds == nil and false or seconds }, "seconds")
  opts = check_options(op, opts, options)
  local matcher = match.compile(op, spec)
  local deadline, at, order = core.now() + seconds, nil, nil
  pull(capture)
  repeat
    if order ~= capture.reordered then at, order = 0, capture.reordered end
    while capture.list[at + 1] do
      at = at + 1
      if matcher:test(capture.list[at]) then return true, capture.list[at] end
    end
  until not await(capture, deadline)
  local lines = { ("no such packet within %g s"):format(seconds), "  wanted    " .. matcher.text }
  local facts = {}
  facts.nearest, facts.place = add_nearest(lines, capture, matcher, 1)
  return fail(capture, opts, lines, facts)
end

return M
