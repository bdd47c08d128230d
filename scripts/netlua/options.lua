--- Option tables of the library's own functions, checked before anything is done.
local core = require "netlua.core"

local M = {}

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

--- The options, or an empty table; raises for what is no table, for unknown keys, and for a `timeout` that is none.
---@param op string for messages: "proc.wait"
---@param opts any
---@param known table<string, true>
---@return table
function M.only(op, opts, known)
  if opts == nil then return {} end
  if type(opts) ~= "table" then misuse(op, "options", "expected a table, got %s", tostring(opts)) end
  for key in pairs(opts) do
    if not known[key] then misuse(op, "options", "%s", core.unknown_key(key, known)) end
  end
  local timeout = opts.timeout
  if timeout ~= nil and (type(timeout) ~= "number" or timeout < 0 or timeout ~= timeout) then
    misuse(op, "timeout", "expected seconds from 0 on, got %s", tostring(timeout))
  end
  return opts
end

return M
