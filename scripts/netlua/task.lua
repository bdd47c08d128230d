--- Several things at once: every call that waits takes turns when it runs inside one of these.
--
--   local results = netlua.all { function() return a:ping(b) end, function() return b:ping(a) end }
--
-- Tasks are structured: a call that starts some ends when they have, and ends them when it is left early
-- (an error, a timeout, a cancelled caller). What a task holds in `<close>` variables is closed then.
-- Built on cqueues controllers, one for each such call; a controller can be waited for like a file.
local core = require "netlua.core"
local step = require "netlua.step"

local M = {}

local load_cqueues = step.cqueues

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

---@class netlua.Task
---@field done boolean
---@field ok? boolean once done: false when it raised
---@field results? table once done and ok: packed
---@field err? any once done and not ok
---@field co thread
---@field ended? userdata a condition, once another task waits for its end

---@class netlua.Scope
---@field cq userdata
---@field tasks table<netlua.Task, boolean> those that have not ended
local Scope = {}
Scope.__index = Scope

-- Lets the coroutine of a task run inside a cqueues thread: what it yields is passed up unchanged, so
-- that cqueues.poll works in it, and the coroutine itself stays ours to close.
local function run(scope, task, fn, ...)
  local function resume(...)
    local outer = step.task
    step.task = task.co
    local values = table.pack(coroutine.resume(task.co, ...))
    step.task = outer
    return values
  end
  local values = resume(fn, ...)
  while coroutine.status(task.co) ~= "dead" do
    task.waits_for = values
    local woken = table.pack(coroutine.yield(table.unpack(values, 2, values.n)))
    if task.done then return end -- cancelled meanwhile
    values = resume(table.unpack(woken, 1, woken.n))
  end
  task.waits_for = nil
  task.done, task.ok = true, values[1]
  scope.tasks[task] = nil
  if task.ok then
    task.results = table.pack(table.unpack(values, 2, values.n))
  else
    task.err = values[2]
    -- What it held: an error leaves that open in a dead coroutine.
    coroutine.close(task.co)
    scope.failed = scope.failed or task
  end
  if task.ended then task.ended:signal() end
end

local function new_scope()
  return setmetatable({ cq = load_cqueues().new(), tasks = {}, count = 0 }, Scope)
end

function Scope:start(fn, ...)
  local task = { done = false }
  task.co = coroutine.create(function(f, ...) return f(...) end)
  self.tasks[task] = true
  self.cq:wrap(run, self, task, fn, ...)
  return task
end

-- Ends a task from outside. What it waits for is taken out of the controller first: closing the coroutine
-- closes descriptors, and epoll must not be asked about those again.
function Scope:cancel(task)
  self.tasks[task] = nil
  task.done, task.ok, task.err = true, false, "cancelled"
  local waits_for = task.waits_for or {}
  for i = 2, waits_for.n or 0 do
    local object = waits_for[i]
    local kind = type(object)
    if kind == "userdata" or kind == "table" then
      local has, fd = pcall(function() return object:pollfd() end)
      if has and type(fd) == "number" then self.cq:cancel(fd) end
    end
  end
  coroutine.close(task.co)
  if task.ended then task.ended:signal() end
end

local root -- the scope of netlua.spawn: there while it has tasks

-- Lets the scope's tasks go on until one of them has something to do, at most `seconds`.
function Scope:turn(seconds)
  local ok, why
  local cqueues = load_cqueues()
  if cqueues.running() or root and root ~= self then
    -- The outer controller, or that of the background tasks, waits for this one.
    cqueues.poll(self.cq, seconds)
    ok, why = self.cq:step(0)
  else
    ok, why = self.cq:step(seconds)
  end
  -- Tasks catch their errors; what comes here is cqueues' own.
  if not ok then error(why, 0) end
end

-- Ends what has not ended: closes the tasks' coroutines, then forgets what they waited for.
function Scope:__close()
  for task in pairs(self.tasks) do self:cancel(task) end
  self.cq:close()
end

local function check_functions(op, list)
  if type(list) ~= "table" then misuse(op, "tasks", "expected a list of functions, got %s", type(list)) end
  for i, fn in ipairs(list) do
    if type(fn) ~= "function" then misuse(op, "tasks", "entry %d is a %s, not a function", i, type(fn)) end
  end
end

--- Runs all functions at once and waits for them.
---@param list (fun(): any)[]
---@return any[] results the first value of each, in the order of the list
---@nodiscard
-- An error in one ends the others and is raised here.
function M.all(list)
  check_functions("all", list)
  local scope <close> = new_scope()
  local tasks = {}
  for i, fn in ipairs(list) do tasks[i] = scope:start(fn) end
  while next(scope.tasks) and not scope.failed do scope:turn() end
  if scope.failed then error(scope.failed.err, 0) end
  local results = {}
  for i, task in ipairs(tasks) do results[i] = task.results[1] end
  return results
end

--- Runs all functions at once until the first one has ended; the others are ended.
---@param list (fun(): any)[]
---@return any result of the first
---@return integer index which one it was
function M.race(list)
  check_functions("race", list)
  if #list == 0 then misuse("race", "tasks", "nobody takes part") end
  local scope <close> = new_scope()
  local tasks = {}
  for i, fn in ipairs(list) do tasks[i] = scope:start(fn) end
  while true do
    for i, task in ipairs(tasks) do
      if task.done then
        if not task.ok then error(task.err, 0) end
        return task.results[1], i
      end
    end
    scope:turn()
  end
end

local function check_seconds(op, seconds)
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    misuse(op, "seconds", "expected a number from 0 on, got %s", tostring(seconds))
  end
end

--- Calls fn(...), but no longer than that: then raises an error with code ETIMEDOUT, and what fn held in
--- `<close>` variables is closed.
---@param seconds number
---@param fn function
---@return any ... what fn returns
function M.timeout(seconds, fn, ...)
  check_seconds("timeout", seconds)
  local where = core.where()
  local scope <close> = new_scope()
  local deadline = core.now() + seconds
  local task = scope:start(fn, ...)
  while not task.done do
    local left = deadline - core.now()
    if left <= 0 then
      error(core.error_new {
        where = where, op = "timeout", subject = ("after %g s"):format(seconds), errno = 110,
        code = "ETIMEDOUT", message = "it was not done by then",
      }, 0)
    end
    scope:turn(left)
  end
  if not task.ok then error(task.err, 0) end
  return table.unpack(task.results, 1, task.results.n)
end

--- Lets that much time go by. In a test, wait for the thing itself instead (netlua.wait).
---@param seconds number
function M.sleep(seconds)
  check_seconds("sleep", seconds)
  local deadline = core.now() + seconds
  repeat
    M.poll(nil, math.max(0, deadline - core.now()))
  until core.now() >= deadline
end

-- --- tasks in the background ------------------------------------------------------------------------------

-- With its last task the controller goes too: it holds descriptors.
local function rest()
  if root and not next(root.tasks) then
    root.cq:close()
    root, step.background = nil, nil
  end
end

---@class netlua.Background
local Background = {}
Background.__index = Background

--- Waits for its end and gives what it returned; its error is raised here.
function Background:wait()
  local task, cqueues = self.task, load_cqueues()
  -- Its error is ours from now on; not any more when this wait is left early.
  task.collected = true
  local _ <close> = setmetatable({}, { __close = function() task.collected = task.done end })
  while not task.done do
    if not cqueues.running() then
      M.poll(nil)
    elseif step.task and step.task ~= coroutine.running() then
      misuse("wait", "task", "a coroutine inside a task cannot wait for another task")
    else
      task.ended = task.ended or require("cqueues.condition").new()
      cqueues.poll(task.ended)
    end
  end
  if not task.ok then error(task.err, 0) end
  return table.unpack(task.results, 1, task.results.n)
end

--- Ends it; what it holds in `<close>` variables is closed.
function Background:cancel()
  local task = self.task
  if task.done then return end
  task.collected = true
  self.scope:cancel(task)
  if self.scope == root then rest() end
end

---@return boolean
function Background:done() return self.task.done end

Background.__close = Background.cancel

-- Lets background tasks go on while the main script waits for objects (as cqueues.poll: numbers are seconds) or the time
-- to pass; with neither, until one of them has had its turn.
local function wait_with_root(seconds, ...)
  local objects, woken, waiter = table.pack(...), nil, nil
  if objects[1] or seconds then
    waiter = root:start(function()
      if seconds then
        objects.n = objects.n + 1
        objects[objects.n] = seconds
      end
      woken = table.pack(load_cqueues().poll(table.unpack(objects, 1, objects.n)))
    end)
  end
  local failed
  repeat
    root:turn(seconds)
    failed, root.failed = root.failed, nil
  until woken or failed or not objects[1]
  if waiter and not woken then root:cancel(waiter) end
  rest()
  if failed and not failed.collected then error(failed.err, 0) end
  if woken then return table.unpack(woken, 1, woken.n) end
end

--- Starts a function in the background. It goes on whenever the script waits for something. An error that
--- nobody waits for is raised at the script's next wait.
---@param fn function
---@return netlua.Background
function M.spawn(fn, ...)
  if type(fn) ~= "function" then misuse("spawn", "task", "expected a function, got %s", type(fn)) end
  root = root or new_scope()
  step.background = wait_with_root
  local scope = root
  return setmetatable({ scope = scope, task = scope:start(fn, ...) }, Background)
end

--- Waits until a handle has something to do, or the time is over: see netlua.step.
---@param handle? netlua.Pollable
---@param seconds? number nil: as long as it takes
M.poll = step.wait

return M
