--- Running pollable handles: pings, traces, captures, processes.
-- A handle has `step()` (true when done, false when there is more to wait for, nil and an error), and
-- cqueues' polling protocol: `pollfd()`, `events()`, `timeout()`.
local core = require "netlua.core"
local check = core.check

---@class netlua.Pollable
---@field step fun(self): boolean?, netlua.Error?
---@field pollfd fun(self): integer?
---@field events fun(self): string? letters of "r", "w", "p"
---@field timeout fun(self): number? seconds until step() is due even if nothing happens

local M = {}

--- Set by netlua.task while it has background tasks: fun(seconds, …) waits for objects as cqueues.poll does and lets
--- them go on as well.
M.background = nil

--- The coroutine of the task that runs, set by netlua.task. In a coroutine that the task has made itself, a generator,
--- cqueues' yields would come out as the generator's values.
M.task = nil

local loaded

--- cqueues; what waits outside of its controllers (a socket's read, say) lets background tasks go on, too. Loaded on first
--- use: it brings OpenSSL along.
function M.cqueues()
  if not loaded then
    loaded = require "cqueues"
    local poll = loaded.poll
    loaded.poll = function(...)
      if M.background and not loaded.running() then return M.background(nil, ...) end
      return poll(...)
    end
  end
  return loaded
end

-- The controller is there only when somebody has loaded it: a plain script does not pay for it.
local function controller()
  local cqueues = package.loaded["cqueues"]
  return cqueues and cqueues.running() and cqueues
end

local function block(handle, limit)
  local timeout = handle and handle:timeout()
  if limit and (not timeout or limit < timeout) then timeout = limit end
  if handle then
    check(core.poll(handle:pollfd(), handle:events(), timeout))
  else
    check(core.poll(nil, nil, timeout))
  end
end

--- Waits until something about the handle is ready, its own timeout is over, or the limit. In a task the
--- others have their turn meanwhile. May come back early: the caller looks again.
---@param handle? netlua.Pollable nil: only time passes
---@param limit? number seconds, at most
function M.wait(handle, limit)
  local cqueues = controller()
  if cqueues and M.task and M.task ~= coroutine.running() then return block(handle, limit) end
  if cqueues then
    if not handle then return cqueues.sleep(limit) end
    local fd = handle:pollfd()
    cqueues.poll(handle, limit)
    -- The controller remembers descriptors it has watched; this one may be closed before it looks again.
    if fd then cqueues.running():cancel(fd) end
    return
  end
  if M.background then return M.background(limit, handle) end
  block(handle, limit)
end

--- Steps the handle until it is done, waiting in between.
---@param handle netlua.Pollable
function M.run(handle)
  while not check(handle:step()) do M.wait(handle) end
end

return M
