--- `netlua shell LAB NODE`: a shell in a node of a lab that is up, on a terminal of its own.
local core = require "netlua.core"

local M = { summary = "a shell in a node of a lab that is up", rights = false }

local function parser()
  local p = require "argparse"("netlua shell", "Opens a shell ($SHELL) in a node.")
  p:argument("lab", "A lab's name.")
  p:argument("node", "A node of it.")
  return p
end

-- The shell opens the terminal itself: as the leader of its session it gets job control on it.
local on_terminal = [[exec "$@" <>"$0" >&0 2>&1]]

local function run(opts)
  local proc_module = require "netlua.proc"
  local ns = require("netlua.holder").node("shell", opts.lab, opts.node)
  local shell = os.getenv "SHELL" or "/bin/sh"
  if not core.pty_wanted() then
    -- A script for the shell comes by standard input.
    return proc_module.exit_status(require("netlua.host").deaf(function() return ns:run({ shell }, { tty = true }) end))
  end
  local pty <close> = core.check(core.pty_open())
  local proc <close> = ns:spawn { "sh", "-c", on_terminal, pty:path(), shell }
  core.check(pty:relay(proc.pid))
  return proc_module.exit_status(proc:wait())
end

function M.main(args)
  local cmdline = require "netlua.cmdline"
  local opts = cmdline.parse(parser(), args)
  if not opts then return 2 end
  return cmdline.run(run, opts)
end

return M
