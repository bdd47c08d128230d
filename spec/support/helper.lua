-- busted's helper for every spec of this tree: checks around each test that nothing was left open, and writes down how
-- each test ended for `netlua test` to count. spec/run.lua and .busted name it.

-- Outside of tasks cqueues waits with a controller that it makes once and keeps: made here, no test has left it behind.
require("cqueues").poll(0)

local busted = require "busted"

local here = debug.getinfo(1, "S").source:match "^@(.*)support/helper%.lua$"
local root = here:gsub("[^/]+/$", "")
if root == "" then root = "./" end
if not package.path:find(root .. "?/init.lua", 1, true) then
  package.path = ("%s?.lua;%s?/init.lua;%sscripts/?.lua;%sscripts/?/init.lua;%s"):format(root, root, root, root, package.path)
end

-- Kept over busted's resets of package.loaded, or each file would have a support module of its own.
local support = require "spec.support"
local leaks = require "spec.support.leaks"
local preload = package.preload
preload["spec.support"] = function() return support end

local function full_name(element)
  local names = {}
  while element and element.descriptor ~= "file" and element.descriptor ~= "suite" do
    table.insert(names, 1, element.name or element.descriptor)
    element = busted.parent(element)
  end
  return (table.concat(names, " "):gsub("[\t\n]", " "))
end

-- --- leak checks -------------------------------------------------------------------------------------

-- The root's before_each runs before all others and its after_each after them: what a test makes must be gone by then,
-- and what `setup` of a describe block made is no part of the difference.
local before, running
busted.before_each(function()
  before = leaks.snapshot()
end)
busted.after_each(function()
  support.close_all()
  local left = not support.leaks_allowed and leaks.left_since(before)
  support.leaks_allowed = false
  if left then error(("left behind by '%s': %s"):format(running, left), 0) end
end)

-- --- the record for tally.lua ------------------------------------------------------------------------

local function append(path, ...)
  local file = assert(io.open(path, "a"))
  file:write(table.concat({ ... }, "\t"), "\n")
  file:close()
end

local function given(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local results, skips = given "NETLUA_RESULTS", given "NETLUA_SKIPS"
local name = os.getenv "NETLUA_TEST_NAME" or "spec"
local record = results and ("%s/%s.tsv"):format(results, (name:gsub("/", ".")))
local reasons = {}

-- busted's words for inside a test are in the environment of the running one.
busted.subscribe({ "test", "start" }, function(element)
  support.test_env = element.env
  running = full_name(element)
  return nil, true
end)

busted.subscribe({ "pending" }, function(element, _, message)
  reasons[element] = type(message) == "string" and message or type(message) == "table" and message.message or ""
  return nil, true
end)

busted.subscribe({ "test", "end" }, function(element, _, status)
  local test = full_name(element)
  local reason = (reasons[element] or "no reason given"):gsub("[\t\n]", " ")
  if record then append(record, status, test, status == "pending" and reason or "") end
  if skips and status == "pending" then append(skips, ("%s: %s: %s"):format(name, test, reason)) end
  return nil, true
end)

-- Errors outside of tests (a setup, a file that does not load) end the program with a status; tally.lua counts that.
