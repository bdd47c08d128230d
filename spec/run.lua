-- Runs spec files of this tree with busted, inside the host: `netlua spec/run.lua [busted's options] FILE…`
-- Sanitizers need no LD_PRELOAD this way, and the module is the one that is linked into the host.
local root = assert(arg[0]:match "^(.*)spec/run%.lua$", "call it as spec/run.lua")
if root == "" then root = "./" end
package.path = ("%s?.lua;%s?/init.lua;%s"):format(root, root, package.path)

-- busted reads the global `arg`; options given here come later and win.
local options = { "--helper=" .. root .. "spec/support/helper.lua", "--config-file=" .. root .. ".busted",
  "--shuffle", "--output=plainTerminal" }
table.move(arg, 1, #arg, #options + 1, options)
options[0] = arg[0]
arg = options
require "busted.runner" { standalone = false }
