--- `netlua doctor`: what this machine can and cannot do, and what would open it.
local M = { summary = "tell what this machine can and cannot do" }

local function parser()
  local argparse = require "argparse"
  local p = argparse("netlua doctor", "Tries everything in namespaces that are thrown away; nothing of the machine's own "
    .. "network is touched. Ends with status 0 when scripts can run here.")
  p:flag("--json", "The findings as JSON.")
  return p
end

function M.main(args)
  local opts = require("netlua.cmdline").parse(parser(), args)
  if not opts then return 2 end
  local doctor = require "netlua.doctor"
  local findings, healthy = doctor.examine()
  if opts.json then
    print(require("cjson").encode { healthy = healthy, findings = findings })
  else
    local kernel <close> = io.open "/proc/sys/kernel/osrelease"
    print(("Linux %s, %s"):format(kernel and kernel:read "l" or "of unknown version", _VERSION))
    io.write(doctor.text(findings))
    print(healthy and "Scripts can run here." or "Scripts cannot run here.")
  end
  return healthy
end

return M
