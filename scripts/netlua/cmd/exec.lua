--- `netlua exec LAB NODE [--] COMMAND…`: runs a program in a node of a lab that is up.
local M = { summary = "run a program in a node of a lab that is up", rights = false }

local function parser()
  local p = require "argparse"("netlua exec", "Runs a program in a node; its exit status is netlua's.")
  p:argument("lab", "A lab's name.")
  p:argument("node", "A node of it.")
  p:argument("command", "The program and its arguments; a -- may stand before it."):args "+"
  return p
end

local function run(opts)
  local ns = require("netlua.holder").node("exec", opts.lab, opts.node)
  -- Ctrl-C is the program's: it has the terminal.
  local ok, proc = require("netlua.host").deaf(pcall, ns.run, ns, opts.command, { tty = true })
  if ok then return require("netlua.proc").exit_status(proc) end
  -- As of env(1) and its kin: 127 when there is no such program, 126 when it cannot be run.
  local status = type(proc) ~= "string" and proc.op == "spawn" and ({ ENOENT = 127, EACCES = 126 })[proc.code]
  if not status then error(proc, 0) end
  proc.where = nil
  io.stderr:write("netlua: ", tostring(proc), "\n")
  return status
end

-- What comes after the node is the program's, also what begins with a dash: `netlua exec lab pc ip -br addr`.
local function command_apart(args)
  for i = 1, 2 do
    if not args[i] or args[i]:sub(1, 1) == "-" then return args end
  end
  if args[3] == "--" then return args end
  return table.move(args, 3, #args, 4, { args[1], args[2], "--" })
end

function M.main(args)
  local cmdline = require "netlua.cmdline"
  args = command_apart(args)
  local opts = cmdline.parse(parser(), args)
  if not opts then return 2 end
  return cmdline.run(run, opts)
end

return M
