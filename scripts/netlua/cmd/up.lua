--- `netlua up FILE`: runs a script and keeps its networks after it has ended.
local M = { summary = "run a script and keep its labs up", rights = false }

local function parser()
  local p = require "argparse"("netlua up", "Runs a script and keeps its labs when it has ended well, without root too.")
  p:argument("file", "The script, or a shipped chapter.")
  p:argument("args", "The script's arguments."):args "*"
  p:epilog "netlua ls shows what is up, netlua down LAB ends it."
  return p
end

local function run(opts)
  local file = io.open(opts.file)
  if file then file:close() end
  local script = file and opts.file or require("netlua.host").chapter(opts.file) or opts.file
  local labs, status = require("netlua.holder").up(script, opts.args)
  if not labs then return status end
  for _, lab in ipairs(labs) do
    local word = lab:find "^[%w_./][%w_./-]*$" and lab or "'" .. lab:gsub("'", "'\\''") .. "'"
    print(("lab %s is up: netlua ls %s; netlua exec %s NODE -- COMMAND; netlua down %s"):format(lab, word, word, word))
  end
end

function M.main(args)
  local cmdline = require "netlua.cmdline"
  local opts = cmdline.parse(parser(), args)
  if not opts then return 2 end
  return cmdline.run(run, opts)
end

return M
