--- Waiting for the thing itself, with a deadline: `netlua.wait(predicate, { timeout =, what = })` and words
--- for what a network is waited for most.
--
--   netlua.wait.carrier(ns, "eth0")
--   netlua.wait(function() return #server:log() > 3 end, { timeout = 2, what = "three lines of log" })
--
-- The words listen to the kernel's notifications (ns:monitor) and look again at each. When the time is over
-- an error with code ETIMEDOUT says what was awaited and what was last seen.
local core = require "netlua.core"
local only = require("netlua.options").only
local step = require "netlua.step"
local check = core.check

local M = {}

--- Seconds that are waited when nothing else is said.
M.TIMEOUT = 5

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

local function check_netns(op, ns)
  if type(ns) ~= "table" or not ns.core then misuse(op, "netns", "expected a namespace, got %s", type(ns)) end
end

local function check_string(op, field, value)
  if type(value) ~= "string" then misuse(op, field, "expected a string, got %s", type(value)) end
end

-- What was seen, in words.
local function words(seen)
  if seen == nil then return "nothing" end
  return tostring(seen)
end

local function time_over(node, what, timeout, seen)
  core.raise(core.error_new {
    op = "wait", node = node, subject = "for " .. what, errno = 110, code = "ETIMEDOUT",
    message = ("it did not come about in %g s"):format(timeout), hint = "last seen: " .. words(seen), last_seen = seen,
  })
end

-- --- the loop -----------------------------------------------------------------------------------------

-- Without notifications there is nothing to wait for but time: looking again begins at once and slows down.
local FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.05

-- Calls look() until its first value is true and returns what it returned. Its second value is what was seen
-- instead. `listen()` gives a handle that becomes ready when looking again is worth it.
local function await(node, what, timeout, look, listen)
  local deadline = core.now() + timeout
  local pause = FIRST_PAUSE
  local found = table.pack(look())
  if found[1] then return table.unpack(found, 1, found.n) end
  local events <close> = listen and listen() or nil
  while true do
    -- Looked at after listening has begun, so that nothing can happen in between unheard.
    found = table.pack(look())
    if found[1] then return table.unpack(found, 1, found.n) end
    local left = deadline - core.now()
    if left <= 0 then time_over(node, what, timeout, found[2]) end
    if events then
      step.wait(events, left)
      events:drain()
    else
      step.wait(nil, math.min(pause, left))
      pause = math.min(2 * pause, LONGEST_PAUSE)
    end
  end
end

local function listen_to(ns, ...)
  local objects = { ... }
  return function() return require("netlua.monitor").monitor(ns, objects) end
end

---@class netlua.Wait.Opts
---@field timeout? number seconds, default 5
---@field what? string what is awaited, for the error's text
---@field on? netlua.Netns look again whenever the kernel tells of a change in there; without: every now and then

--- Calls the predicate until its first value is true; returns what it returned. A second value beside a
--- false first one says what was seen instead, for the error's text.
---@param predicate fun(): any, any
---@param opts? netlua.Wait.Opts
---@return any ...
function M.wait(predicate, opts)
  if type(predicate) ~= "function" then misuse("wait", "predicate", "expected a function, got %s", type(predicate)) end
  opts = only("wait", opts, { timeout = true, what = true, on = true })
  if opts.on then check_netns("wait", opts.on) end
  if opts.what ~= nil then check_string("wait", "what", opts.what) end
  local listen = opts.on and listen_to(opts.on, "link", "addr", "route", "neigh", "rule", "nexthop")
  return await(opts.on and opts.on.name, opts.what or "a condition", opts.timeout or M.TIMEOUT, predicate,
    listen or nil)
end

-- --- words --------------------------------------------------------------------------------------------

-- The link, or nil and the reason in words where it is merely not there.
local function link_of(ns, dev)
  local link, err = ns.core:link_get(dev)
  if link then return link end
  if err.code ~= "ENODEV" then core.raise(err) end
  return nil, "no link " .. dev
end

local function has(list, word)
  for _, entry in ipairs(list) do
    if entry == word then return true end
  end
  return false
end

local TIMEOUT_ONLY = { timeout = true }

--- Until there is a link of that name.
---@param ns netlua.Netns
---@param dev string
---@param opts? { timeout?: number }
---@return table link as in ns.link:get
function M.link(ns, dev, opts)
  check_netns("wait.link", ns)
  check_string("wait.link", "dev", dev)
  opts = only("wait.link", opts, TIMEOUT_ONLY)
  return await(ns.name, "link " .. dev, opts.timeout or M.TIMEOUT, function()
    local link, seen = link_of(ns, dev)
    if link then return link end
    local names = {}
    for _, other in ipairs(check(ns.core:link_list())) do names[#names + 1] = other.ifname end
    return nil, seen .. " among " .. table.concat(names, ", ")
  end, listen_to(ns, "link"))
end

--- Until the link is up and its other end, too.
---@param ns netlua.Netns
---@param dev string
---@param opts? { timeout?: number }
---@return table link as in ns.link:get
function M.carrier(ns, dev, opts)
  check_netns("wait.carrier", ns)
  check_string("wait.carrier", "dev", dev)
  opts = only("wait.carrier", opts, TIMEOUT_ONLY)
  return await(ns.name, "carrier on " .. dev, opts.timeout or M.TIMEOUT, function()
    local link, seen = link_of(ns, dev)
    if not link then return nil, seen end
    -- What counts for traffic is the kernel's own word on it; UNKNOWN is that of links without a carrier.
    local up = link.operstate == "UP" or link.operstate == "UNKNOWN"
    if up and has(link.flags, "LOWER_UP") and not has(link.flags, "NO-CARRIER") then return link end
    return nil, ("%s <%s> state %s"):format(dev, table.concat(link.flags, ","), tostring(link.operstate))
  end, listen_to(ns, "link"))
end

-- The IPv6 addresses whose check for duplicates is under way; raises where it has found one.
local function tentative(ns, dev)
  local list = {}
  for _, addr in ipairs(check(ns.core:addr_list { family = "inet6" })) do
    if not dev or addr.dev == dev then
      local text = ("%s on %s"):format(addr["local"], addr.dev)
      if addr.dadfailed then
        core.raise(core.error_new {
          op = "wait.dad", node = ns.name, subject = text, errno = 98, code = "EADDRINUSE",
          message = "Address already in use", hint = "duplicate address detection found another one (RFC 4862)",
        })
      end
      if addr.tentative then list[#list + 1] = text end
    end
  end
  return list
end

--- Until no IPv6 address waits for duplicate address detection (RFC 4862) any more. Raises at once, with code
--- EADDRINUSE, when a duplicate was found.
---@param ns netlua.Netns
---@param opts? { timeout?: number, dev?: string }
---@return true
function M.dad(ns, opts)
  check_netns("wait.dad", ns)
  opts = only("wait.dad", opts, { timeout = true, dev = true })
  if opts.dev ~= nil then check_string("wait.dad", "dev", opts.dev) end
  local what = "duplicate address detection" .. (opts.dev and " on " .. opts.dev or "")
  return await(ns.name, what, opts.timeout or M.TIMEOUT, function()
    local list = tentative(ns, opts.dev)
    if #list == 0 then return true end
    return nil, "tentative: " .. table.concat(list, ", ")
  end, listen_to(ns, "addr"))
end

-- States in which packets can be sent to a neighbour.
local USABLE = { "REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT", "NOARP" }

local function states_of(state)
  if state == nil then return USABLE end
  if type(state) ~= "string" then misuse("wait.neigh", "state", "expected a string, got %s", type(state)) end
  state = state:upper()
  if not (has(USABLE, state) or state == "FAILED" or state == "INCOMPLETE") then
    misuse("wait.neigh", "state", "'%s' is no state of a neighbour", state)
  end
  return { state }
end

--- Until the neighbour is known, in this state if one is given. Somebody has to send it something: the kernel
--- does not ask for neighbours of its own accord.
---@param ns netlua.Netns
---@param address string
---@param state? netlua.Neigh.State "reachable", …; default: any that packets can be sent in
---@param opts? { timeout?: number, dev?: string }
---@return table neighbour as in ns.neigh:list
function M.neigh(ns, address, state, opts)
  check_netns("wait.neigh", ns)
  check_string("wait.neigh", "address", address)
  local wanted = states_of(state)
  opts = only("wait.neigh", opts, { timeout = true, dev = true })
  local what = ("neighbour %s%s"):format(address, state and " " .. state:upper() or "")
  return await(ns.name, what, opts.timeout or M.TIMEOUT, function()
    local seen
    for _, neigh in ipairs(check(ns.core:neigh_list { to = address, nud = "all" })) do
      if not opts.dev or neigh.dev == opts.dev then
        for _, got in ipairs(neigh.state or {}) do
          if has(wanted, got) then return neigh end
        end
        seen = ("%s on %s %s"):format(address, neigh.dev, table.concat(neigh.state or { "NONE" }, ","))
      end
    end
    return nil, seen or "no neighbour " .. address
  end, listen_to(ns, "neigh"))
end

local function seen_route(route)
  return ("%s%s%s"):format(route.dst, route.gateway and " via " .. route.gateway or "",
    route.dev and " dev " .. route.dev or "")
end

local function fits(route, opts)
  if opts.dev and route.dev ~= opts.dev then return false end
  return not opts.via or route.gateway == opts.via
end

--- Until there is a route to exactly this prefix.
---@param ns netlua.Netns
---@param destination string "198.51.100.0/24", "default"
---@param opts? { timeout?: number, via?: string, dev?: string, table?: string|integer, family?: "inet"|"inet6" }
---@return table route as in ns.route:list
function M.route(ns, destination, opts)
  check_netns("wait.route", ns)
  check_string("wait.route", "destination", destination)
  opts = only("wait.route", opts, { timeout = true, via = true, dev = true, table = true, family = true })
  local family = opts.family or (opts.via and opts.via:find(":", 1, true) and "inet6") or nil
  local filter = { table = opts.table or "main", family = family }
  if destination ~= "default" then filter.to = destination end
  local what = ("route %s%s%s"):format(destination, opts.via and " via " .. opts.via or "",
    opts.dev and " dev " .. opts.dev or "")
  return await(ns.name, what, opts.timeout or M.TIMEOUT, function()
    local list, err = ns.core:route_list(filter)
    if not list then
      if err.code ~= "ENOENT" then core.raise(err) end
      return nil, err.kernel -- a table that nobody has written to
    end
    local seen
    for _, route in ipairs(list) do
      if destination ~= "default" or route.dst == "default" then
        if fits(route, opts) then return route end
        seen = seen_route(route)
      end
    end
    return nil, seen or "no route " .. destination
  end, listen_to(ns, "route"))
end

return setmetatable(M, { __call = function(_, ...) return M.wait(...) end })
