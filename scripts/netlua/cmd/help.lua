--- `netlua help`: the commands, one line each.
-- A command `netlua NAME …` is a module netlua.cmd.NAME with `summary`, one line for this list, and
-- `main(args)`: args[0] is the name, args[1] … what follows it. main gives the exit status: nothing or true is
-- success, false is failure, a number is itself. `rights = false` keeps the process of an ordinary user where it
-- is; otherwise it is root in a user namespace of its own, as for scripts, before main is called.
local M = { summary = "list the commands", rights = false }

function M.main()
  local names = require("netlua.host").commands()
  table.sort(names)
  print "netlua SCRIPT [arguments]   run a script or a shipped chapter (netlua --help: the options)"
  for _, name in ipairs(names) do
    local ok, command = pcall(require, "netlua.cmd." .. name)
    local summary = ok and type(command) == "table" and command.summary or ""
    print(("netlua %-20s %s"):format(name, summary):match "^(.-)%s*$")
  end
end

return M
