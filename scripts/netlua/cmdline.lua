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

return M
