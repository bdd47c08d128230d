-- Every shipped chapter: runs, teaches, and its verdict holds; from any directory, all at once, and at the prompt.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

local scripts = program.code "io.write(require('netlua.host').chapters)"
local chapters = {}
for path in sh("ls " .. quote(scripts) .. "/ch*.lua"):gmatch "[^\n]+" do
  chapters[#chapters + 1] = path:match "([^/]+)%.lua$"
end

describe("a chapter", function()
  for _, name in ipairs(chapters) do
    it(name .. " runs and ends with a verdict that holds", function()
      local out, status = sh(("cd / && %s %s.lua"):format(quote(program.host), name))
      assert.equal(0, status, out)
      assert.truthy(out:find "\n1%. ", out) -- it narrates
      assert.truthy(out:find "\n   %$ ", out) -- with the notes' commands
      assert.truthy(out:find "\n   ok  ", out)
      assert.falsy(out:find("FAILED", 1, true), out)
      assert.truthy(out:find("\n\nExercises to go on with: netlua help " .. name .. "\n\nVerdict: ", 1, true), out)
      assert.truthy(out:find "\nVerdict: all [1-9]%d* checks hold%.\n$", out)
      assert.falsy(out:find "[ \t]\n", "blanks at a line's end")
    end)

    it(name .. " begins with title, drawing, expected output and exercises", function()
      local file = assert(io.open(scripts .. "/" .. name .. ".lua"))
      local text = file:read "a"
      file:close()
      local header = text:match "^(.-)\n[^-]"
      assert.truthy(header:find "^%-%- Chapter %d: %S", name)
      assert.truthy(header:find("─", 1, true), "a drawing")
      assert.truthy(header:find "Watch ", "what to watch")
      assert.truthy(header:find "Verdict: all %d+ checks hold", "the expected output")
      assert.truthy(header:find "Exercise", "exercises")
      assert.truthy(sh(("%s help %s"):format(quote(program.host), name)):find "\nExercise", "the command that shows them")
      -- The count of the expected output is the one that comes.
      local out = sh(("%s %s"):format(quote(program.host), name))
      assert.equal(header:match "Verdict: (all %d+)", out:match "Verdict: (all %d+)")
      local lines = select(2, text:sub(#header + 1):gsub("\n[^\n]*%S", ""))
      assert.truthy(lines <= 90, ("%d lines of code: a lesson has about 80"):format(lines))
    end)

    it(name .. " leaves the prompt in its network", function()
      local out = program.netlua("-i " .. name .. ".lua", "report.chapter\n#report.checks > 0\n")
      assert.truthy(out:find(("\n%s\ntrue\n$"):format(name)), out)
    end)
  end

  it("runs beside nineteen others", function()
    local lines = {}
    for i = 1, 20 do
      lines[i] = ("%s %s > /dev/null 2>&1 & p%d=$!"):format(quote(program.host), chapters[i % #chapters + 1], i)
    end
    for i = 1, 20 do lines[#lines + 1] = ("wait $p%d || echo failed"):format(i) end
    assert.equal("", (sh(table.concat(lines, "\n"))))
  end)
end)
