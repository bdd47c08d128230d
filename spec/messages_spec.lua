-- The lessons in Japanese: every text of every chapter has its translation, and no translation is left over.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

local scripts = program.code "io.write(require('netlua.host').chapters)"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

-- Runs a chapter in Japanese and prints each text that is missing.
local listing = [[
local report = require "netlua.report"
report.on_missing = function(_, key) print("missing: " .. key) end
report.sink = function() end
dofile(arg[1])
]]

describe("the Japanese messages", function()
  for path in sh("ls " .. quote(scripts) .. "/ch*.lua"):gmatch "[^\n]+" do
    local name = path:match "([^/]+)%.lua$"

    it("of " .. name .. " are complete", function()
      local out, status = sh(("printf %%s %s | NETLUA_LANG=ja %s - %s"):format(quote(listing), quote(program.host), quote(path)))
      assert.equal(0, status, out)
      assert.equal("", out)
    end)

    it("of " .. name .. " translate what the chapter says, and nothing else", function()
      local source = read(path)
      for key, text in pairs(require("netlua.messages.ja." .. name)) do
        assert.truthy(source:find(key, 1, true), name .. " does not say: " .. key)
        -- What is filled in stands in both.
        for field in key:gmatch "{[%w_]+}" do assert.truthy(text:find(field, 1, true), key) end
      end
    end)
  end
end)
