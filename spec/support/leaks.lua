-- Loaded before the specs (busted --helper): every test must leave the process as it found it. Descriptors
-- (and with them namespaces, captures and sockets) and child processes are compared; a difference fails the test.
local busted = require "busted"
local support = require "spec.support"

local before = setmetatable({}, { __mode = "k" })

busted.subscribe({ "test", "start" }, function(element)
  before[element] = support.snapshot()
  return nil, true
end)

busted.subscribe({ "test", "end" }, function(element, parent, status)
  local leaks = status == "success" and support.leaks_since(before[element])
  if leaks then
    busted.publish({ "failure", "it" }, element, parent, "left behind:\n  " .. table.concat(leaks, "\n  "), nil)
  end
  return nil, true
end)
