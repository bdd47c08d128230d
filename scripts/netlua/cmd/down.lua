--- `netlua down LAB…`: ends labs that `netlua up` keeps.
local M = { summary = "end a lab that is up", rights = false }

local function parser()
  local p = require "argparse"("netlua down", "Ends labs that are up, with all their programs.")
  p:argument("lab", "A lab's name."):args "*"
  p:flag("-a --all", "All labs that are up.")
  return p
end

local function run(opts)
  local holder = require "netlua.holder"
  local names = opts.lab
  if opts.all then
    names = {}
    for _, held in ipairs(holder.list()) do names[#names + 1] = held.lab end
  elseif #names == 0 then
    io.stderr:write(parser():get_usage(), "\n\nnetlua: which lab? (netlua ls lists them, --all ends them all)\n")
    return 2
  end
  local gone = {}
  for _, name in ipairs(names) do
    if not gone[name] then
      for _, lab in ipairs(holder.down(name)) do
        gone[lab] = true
        print(("lab %s is down"):format(lab))
      end
    end
  end
end

function M.main(args)
  local cmdline = require "netlua.cmdline"
  local opts = cmdline.parse(parser(), args)
  if not opts then return 2 end
  return cmdline.run(run, opts)
end

return M
