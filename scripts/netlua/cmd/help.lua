--- `netlua help`: the commands, one line each. `netlua help ns:ping`: what the annotations say of a function.
-- A command `netlua NAME …` is a module netlua.cmd.NAME with `summary`, one line for this list, and
-- `main(args)`: args[0] is the name, args[1] … what follows it. main gives the exit status: nothing or true is
-- success, false is failure, a number is itself. `rights = false` keeps the process of an ordinary user where it
-- is; otherwise it is root in a user namespace of its own, as for scripts, before main is called.
local M = { summary = "list the commands; help NAME: about a function or an object", rights = false }

-- The head of a shipped chapter: what to watch in it, and its exercises.
local function chapter_head(name)
  local path = require("netlua.host").chapter(name)
  if not path then return nil end
  local lines, file <close> = {}, assert(io.open(path))
  for line in file:lines() do
    local text = line:match "^%-%-%s?(.*)$"
    if not text then break end
    lines[#lines + 1] = text
  end
  return table.concat(lines, "\n")
end

-- What is said of names; 1 when there is something that nothing is said of.
local function tell(args, commands)
  local status = 0
  for i, name in ipairs(args) do
    local text = require("netlua.manual").of_name(name) or chapter_head(name)
    for _, command in ipairs(commands) do
      if not text and command == name then text = ("netlua %s --help tells about the command"):format(name) end
    end
    if text then
      print((i > 1 and "\n" or "") .. text)
    else
      io.stderr:write(("netlua: nothing is said of '%s'. There are: ns, ns.link (and ip's other objects), lab, capture, proc, "
        .. "expect, wait, match, netlua, and the chapters\n"):format(name))
      status = 1
    end
  end
  return status
end

function M.main(args)
  local names = require("netlua.host").commands()
  if args and args[1] then return tell(args, names) end
  table.sort(names)
  print "netlua SCRIPT [arguments]   run a script or a shipped chapter (netlua --help: the options)"
  for _, name in ipairs(names) do
    local ok, command = pcall(require, "netlua.cmd." .. name)
    local summary = ok and type(command) == "table" and command.summary or ""
    print(("netlua %-20s %s"):format(name, summary):match "^(.-)%s*$")
  end
  print "\nnetlua help ns, netlua help ns:ping, netlua help lab:link … tell what scripts may say."
end

return M
