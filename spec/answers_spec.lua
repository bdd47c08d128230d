-- The answers to the chapters' exercises: every chapter has them, one for each exercise, and they hold.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

local scripts = program.code "io.write(require('netlua.host').chapters)"

describe("the answers", function()
  for path in sh("ls " .. quote(scripts) .. "/ch*.lua"):gmatch "[^\n]+" do
    local name = path:match "([^/]+)%.lua$"

    it("of " .. name .. " hold", function()
      local file = assert(io.open(path))
      local header = file:read("a"):match "^(.-)\n[^-]"
      file:close()
      local exercises = select(2, header:match("Exercises?:.*"):gsub("%f[%d]%d%. ", ""))
      local out, status = sh(("%s test --answers %s.lua"):format(quote(program.host), name))
      assert.equal(0, status, out)
      assert.matches(("%d successes / 0 failures / 0 errors"):format(exercises), out, 1, true)
    end)
  end

  it("are asked for a chapter, or the mistake is told", function()
    local out, status = sh(quote(program.host) .. " test --answers nothing.lua 2>&1")
    assert.equal(2, status)
    assert.matches("nothing.lua has no answers", out, 1, true)
  end)
end)
