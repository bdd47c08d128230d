--- netlua: build networks out of namespaces, look inside them, test them.
--
--   local netlua = require "netlua"
--   local ns <close> = netlua.netns.add "ns1"
--
-- This file is the public entry. What is heavy to load comes in on first use, so that a short script
-- starts as fast as `lua` does.
local core = require "netlua.core"

-- Code in this directory is the library's: errors name the first line outside of it.
local here = debug.getinfo(1, "S").source:match("^(@.*/)")
if here then core.library(here) end

---@class netlua
---@field netns netlua.netns_module network namespaces
---@field core table the C module; for the library, not for scripts
local M = { core = core }

-- field -> module that is the field, or { module, key } for one thing out of a module
local lazy = {
  netns = "netlua.netns",
  expect = "netlua.expect",
  match = "netlua.match",
  packet = "netlua.packet",
  wireguard = "netlua.object.wireguard",
  capture = "netlua.capture",
  wait = "netlua.wait", -- callable, and a table of words
  lab = { "netlua.lab", "lab" },
  why = { "netlua.why", "why" },
  inspect = { "netlua.inspect", "inspect" },
  ping_all = { "netlua.ping", "ping_all" },
  all = { "netlua.task", "all" },
  race = { "netlua.task", "race" },
  spawn = { "netlua.task", "spawn" },
  timeout = { "netlua.task", "timeout" },
  sleep = { "netlua.task", "sleep" },
}

--- Seconds on a clock that only goes forward (CLOCK_MONOTONIC).
---@return number
M.now = core.now

return setmetatable(M, {
  names = { lazy }, -- what else there is, for completion at the prompt
  __tostring = function()
    local names = {}
    for name in pairs(lazy) do names[#names + 1] = name end
    table.sort(names)
    return ("netlua: %s (netlua help netlua tells more)"):format(table.concat(names, ", "))
  end,
  __index = function(t, key)
    local from = lazy[key]
    if not from then return nil end
    local value
    if type(from) == "string" then
      value = require(from)
    else
      value = require(from[1])[from[2]]
    end
    rawset(t, key, value)
    return value
  end,
})
