--- What specs share: what a test left behind, and other people's tools as oracles in a test's namespaces.
local core = require "netlua.core"

local M = {}

-- --- what is left behind --------------------------------------------------------------------------------

local function descriptors()
  local list = {}
  for name, target in pairs(core.descriptors()) do list[name .. " -> " .. target] = true end
  return list
end

--- The state that a test must not change.
function M.snapshot()
  return { fds = descriptors(), children = core.children() }
end

--- What is there now and was not: a list of lines, or nil. Waits a little for what ends by itself (a ring
--- that a thread unmaps, a killed child).
function M.leaks_since(before)
  local deadline = core.now() + 5
  while true do
    -- Twice: the first collection runs finalizers, the second frees what those held.
    collectgarbage()
    collectgarbage()
    local lines = {}
    for fd in pairs(descriptors()) do
      if not before.fds[fd] then lines[#lines + 1] = "descriptor " .. fd end
    end
    local known = {}
    for _, pid in ipairs(before.children) do known[pid] = true end
    for _, pid in ipairs(core.children()) do
      if not known[pid] then lines[#lines + 1] = "process " .. pid end
    end
    if #lines == 0 then return nil end
    if core.now() > deadline then return lines end
    core.poll(nil, 0.01)
  end
end

-- --- oracles ----------------------------------------------------------------------------------------------

--- Runs a program inside a namespace (the real ip, ping, tcpdump …) and gives its output.
---@param ns table a namespace or node
---@param argv string[]
---@return string stdout
---@return string stderr
---@return integer? code
function M.run_in(ns, argv)
  local result = ns:run(argv)
  return result.stdout, result.stderr, result.code
end

--- `ip -json …` in a namespace, decoded.
---@param ns table
---@param ... string arguments
function M.ip_json(ns, ...)
  local out, err, code = M.run_in(ns, { "ip", "-json", ... })
  assert(code == 0, err)
  return require("cjson").decode(out == "" and "[]" or out)
end

-- --- what not every kernel has ------------------------------------------------------------------------------

-- Reasons, counted by the runner: a test that is pending on one kernel must run on the other.
local function skip(reason)
  if os.getenv "NETLUA_MUST_RUN" == "1" then error("must run here, but: " .. reason, 2) end
  require("busted").pending(reason)
end

--- Makes the test pending when this kernel has no such kind of link. Returns whether it has.
---@param kind string "vlan"
function M.need_kind(kind)
  local probe <close> = require("netlua").netns.add "probe"
  local ok, err = probe.core:link_add("probe0", { type = kind })
  if not ok and err.code == "EOPNOTSUPP" then
    skip("this kernel has no links of type " .. kind)
    return false
  end
  return true
end

M.skip = skip

return M
