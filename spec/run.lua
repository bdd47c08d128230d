-- Runs spec files in the host: `netlua spec/run.lua FILE…`. Shuffled, with the leak checks of spec/support.
local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/../?.lua;" .. here .. "/../?/init.lua;" .. package.path

local files = { table.unpack(arg) }
for i = #arg, 1, -1 do arg[i] = nil end
for _, option in ipairs {
  "--shuffle", "--output=plainTerminal", "--helper=" .. here .. "/support/leaks.lua", "--no-keep-going=false",
} do
  if option ~= "--no-keep-going=false" then arg[#arg + 1] = option end
end
for _, file in ipairs(files) do arg[#arg + 1] = file end
require "busted.runner" { standalone = false }
