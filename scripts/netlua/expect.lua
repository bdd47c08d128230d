--- Expectations: calls that raise when the network is not as expected, and say why.
--
--   local expect = require "netlua.expect"
--   expect.sequence(capture, { { icmp = { type = "echo request" } }, { icmp = { type = "echo reply" } } })
--
-- In a busted spec `require "netlua.expect"` also gives them to luassert: `assert.never(capture, { tcp = {} })`,
-- and `assert.is_not.reaches(a, b)`.
--
-- An expectation is a function that returns true and results, or false and a failure: a text, or a table with
-- `message` and whatever else a script may want to look at. Add one with `expect.add(name, fn)`, or put its name
-- and module into `modules` below to have it loaded on first use: the module is a table with a function of that
-- name.
local core = require "netlua.core"

-- name -> module that holds it
local modules = {
  sequence = "netlua.expect_packets",
  count = "netlua.expect_packets",
  never = "netlua.expect_packets",
  within = "netlua.expect_packets",
  reaches = "netlua.expect_lab",
  unreachable = "netlua.expect_lab",
  path = "netlua.expect_lab",
  all_reach = "netlua.expect_lab",
  verdict = "netlua.expect_lab",
  listens = "netlua.expect_lab",
}

---@class netlua.expect
---@field sequence fun(capture: netlua.Capture, matchers: table[], opts?: netlua.expect.Opts): netlua.Packet[]
---@field count fun(capture: netlua.Capture, matcher: table|function, n: integer|netlua.Matcher, opts?: netlua.expect.Opts): integer
---@field never fun(capture: netlua.Capture, matcher: table|function, opts?: netlua.expect.Opts)
---@field within fun(capture: netlua.Capture, seconds: number, matcher: table|function, opts?: netlua.expect.Opts): netlua.Packet
local M = {}

local checks = {} -- name -> the function that decides

local function check_of(name)
  local check = checks[name]
  if not check and modules[name] then
    check = require(modules[name])[name]
    checks[name] = check
  end
  return check
end

local function failure_of(failure)
  if type(failure) == "table" then return failure end
  return { message = tostring(failure) }
end

local function finish(name, ok, ...)
  if ok then return ... end
  local failure = failure_of(...)
  failure.op = failure.op or "expect." .. name
  core.raise(core.error_new(failure))
end

-- The form for scripts: results, or the failure raised at the script's line.
local function raising(name)
  return function(...) return finish(name, check_of(name)(...)) end
end

-- The form for luassert: true or false, and the message.
local function register(name)
  local luassert = package.loaded["luassert"]
  if not luassert then return end
  local negative = "assertion.netlua." .. name .. ".negative"
  -- An error is at the line of the spec, not in luassert.
  local at = debug.getinfo(luassert.register, "S").source:match "^(@.*/)"
  if at then core.library(at) end
  local say = require "say"
  say:set(negative, "expect." .. name .. " holds, and should not")
  luassert:register("assertion", name, function(state, arguments)
    local values = table.pack(check_of(name)(table.unpack(arguments, 1, arguments.n)))
    if values[1] then return true, { table.unpack(values, 2, values.n) } end
    if state.mod then state.failure_message = ("expect.%s: %s"):format(name, failure_of(values[2]).message) end
    return false
  end, nil, negative) -- a failure has said everything
end

--- Adds an expectation, also to luassert when it is loaded.
---@param name string
---@param check fun(...): boolean, any
function M.add(name, check)
  checks[name] = check
  M[name] = raising(name)
  register(name)
end

for name in pairs(modules) do
  M[name] = raising(name)
  register(name)
end

return M
