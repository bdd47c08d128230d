--- ns:monitor: the kernel's notifications as a stream, ip-monitor(8).
--
--   local events <close> = ns:monitor { "link", "route" }
--   ns.link:set("eth0", { up = true })
--   for event in events do print(event.object, event.event, event.ifname or event.dst) end
local core = require "netlua.core"
local step = require "netlua.step"
local check = core.check

---@class netlua.Event
---@field event "new"|"del"|"lost" made or changed; gone; "lost": more came than there was room for
---@field object? "link"|"addr"|"route"|"neigh"|"rule"|"nexthop" the other keys are those of its list's entries
---@field error? netlua.Error of "lost": ENOBUFS. What is known is old: read the lists anew

---@class netlua.Monitor: netlua.Pollable
---@field core userdata the C handle
---@field queue netlua.Event[]
local Monitor = {}
Monitor.__index = Monitor
Monitor.__name = "netlua.Monitor"

local function next_options(opts)
  if opts == nil then return nil end
  local timeout = type(opts) == "table" and opts.timeout or opts
  if type(opts) == "table" then
    for key in pairs(opts) do
      if key ~= "timeout" then timeout = nil end
    end
  end
  if type(timeout) ~= "number" or timeout < 0 or timeout ~= timeout then
    core.raise(core.error_new {
      op = "monitor.next", field = "timeout", code = "EINVAL", errno = 22,
      message = "expected { timeout = seconds }",
    })
  end
  return timeout
end

-- Takes over what has come. Does not wait.
local function fill(self)
  if self.first <= #self.queue then return true end
  self.queue, self.first = check(self.core:read()), 1
  return #self.queue > 0
end

--- The next event; waits for it. In a task the others have their turn meanwhile.
---@param opts? { timeout?: number } seconds; 0: only what is there already
---@return netlua.Event? event nil when the time is over
function Monitor:next(opts)
  local timeout = next_options(opts)
  local deadline = timeout and core.now() + timeout
  while not fill(self) do
    local left = deadline and deadline - core.now()
    if left and left <= 0 then return nil end
    step.wait(self, left)
  end
  self.first = self.first + 1
  return self.queue[self.first - 1]
end

--- All events that are there already.
---@return netlua.Event[]
function Monitor:drain()
  local events = {}
  while fill(self) do
    table.move(self.queue, self.first, #self.queue, #events + 1, events)
    self.first = #self.queue + 1
  end
  return events
end

-- The iterator of `for event in monitor`: for ever, or until somebody closes it.
function Monitor:__call()
  if self.core:closed() then return nil end
  return self:next()
end

-- cqueues' polling protocol: ready when an event can be had at once.
function Monitor:pollfd() return self.core:pollfd() end
function Monitor:events() return "r" end -- luacheck: ignore self
function Monitor:timeout() return self.first <= #self.queue and 0 or nil end

--- Never done: a stream has no end of its own.
---@return boolean
function Monitor:step()
  fill(self)
  return false
end

--- Idempotent.
function Monitor:close() self.core:close() end
Monitor.__close = Monitor.close

---@return boolean
function Monitor:closed() return self.core:closed() end

function Monitor:__tostring() return tostring(self.core) end

local M = {}

--- Listens to the kernel's notifications in a namespace; subscribed when the call returns.
---@param ns netlua.Netns
---@param objects? ("link"|"addr"|"route"|"neigh"|"rule"|"nexthop")[] default: all
---@param opts? { buffer?: integer } bytes that may wait to be taken, default 4 MiB (at most 2 x net.core.rmem_max)
---@return netlua.Monitor
function M.monitor(ns, objects, opts)
  return setmetatable({ core = check(ns.core:monitor_open(objects, opts)), queue = {}, first = 1 }, Monitor)
end

return M
