--- Command lines of `netlua NAME …`, read with argparse; a wrong one ends with status 2 as everywhere in netlua.
local M = {}

--- What the command line says, or nil after the usage and the mistake have been told.
---@param parser table an argparse parser
---@param args string[]
---@return table? options
function M.parse(parser, args)
  local ok, result = parser:pparse({ table.unpack(args) })
  if ok then return result end
  io.stderr:write(parser:get_usage(), "\n\nnetlua: ", tostring(result), "\n")
  return nil
end

--- Runs the body of a command: what the world refuses is one line, as there is no script whose line would
--- help. Gives the exit status.
---@param body fun(...): any
---@return any status
function M.run(body, ...)
  local core = require "netlua.core"
  local result = table.pack(xpcall(body, function(err)
    if core.is_error(err) then return err end
    return debug.traceback(tostring(err), 2)
  end, ...))
  if result[1] then return table.unpack(result, 2, result.n) end
  local err = result[2]
  if not core.is_error(err) then error(err, 0) end
  err.where = nil
  io.stdout:flush()
  io.stderr:write("netlua: ", tostring(err), "\n")
  return 1
end

return M
