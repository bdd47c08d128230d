-- `netlua test FILE…`: busted in the host, for people's own tests. And this tree's harness: what a test leaves shows.
local program = require "spec.support.program"
local support = require "spec.support"
local quote, sh = program.quote, program.sh

describe("netlua test", function()
  local dir

  before_each(function() dir = program.directory() end)
  after_each(function() program.remove(dir) end)

  local function file(name, text)
    local path = dir .. "/" .. name
    local f = assert(io.open(path, "w"))
    f:write(text)
    f:close()
    return path
  end

  -- In a directory of its own, so that nobody's .busted is read.
  local function test(arguments) return sh(("cd %s && %s test %s"):format(dir, quote(program.host), arguments)) end

  it("runs specs with the library at hand, and says how they ended", function()
    file("good_spec.lua", [[
      local netlua = require "netlua"
      require "netlua.expect"
      describe("two hosts", function()
        it("reach each other", function()
          local lab <close> = netlua.lab "two"
          local a, b = lab:host "a", lab:host "b"
          lab:link(a, b)
          lab:build()
          assert.reaches(a, b)
        end)
      end)]])
    file("bad_spec.lua", [[describe("x", function() it("fails", function() assert.equal(1, 2) end) end)]])
    local out, status = test "-o TAP good_spec.lua"
    assert.matches("ok 1 %- two hosts reach each other", out)
    assert.equal(0, status)
    out, status = test "-o TAP bad_spec.lua"
    assert.matches("not ok 1 %- x fails", out)
    assert.equal(1, status)
    -- A directory stands for the specs in it.
    out, status = test "-o plainTerminal ."
    assert.matches("1 success / 1 failure / 0 errors", out)
    assert.equal(1, status)
  end)

  it("fails a spec that does not parse, or is not there", function()
    file("broken_spec.lua", "describe(")
    local out, status = test "-o plainTerminal broken_spec.lua"
    assert.matches("broken_spec.lua:1:", out)
    assert.equal(1, status)
    out, status = test "-o plainTerminal nosuch_spec.lua"
    assert.equal("netlua test: nosuch_spec.lua: No such file or directory\n", out)
    assert.equal(1, status)
  end)

  it("takes a script, which passes when it ends well", function()
    for text, want in pairs {
      [""] = 0, ["return true"] = 0, ["return 0"] = 0, ["os.exit(true)"] = 0, ["os.exit(0)"] = 0, ["os.exit()"] = 0,
      ["return false"] = 1, ["return 3"] = 1, ["os.exit(false)"] = 1, ["os.exit(2)"] = 1, ["error 'x'"] = 1,
      ["error { }"] = 1, ["local x <const> = 1; x = 2"] = 1,
    } do
      file("script.lua", text)
      local out, status = test "-o plainTerminal script.lua"
      assert.equal(want, status, text .. "\n" .. out)
    end
    -- os.exit in one script ends that one only.
    file("a.lua", "os.exit(false)")
    file("b.lua", "")
    assert.matches("1 success / 0 failures / 1 error", (test "-o plainTerminal a.lua b.lua"))
  end)

  it("passes options to busted", function()
    file("many_spec.lua", [[
      it("one", function() end)
      it("two #slow", function() error "not this one" end)]])
    assert.matches("1 success / 0 failures", (test "-o plainTerminal --exclude-tags slow many_spec.lua"))
    assert.matches("1 success / 0 failures", (test "-o plainTerminal --filter one many_spec.lua"))
    assert.matches("<testcase", (test "-o junit --filter one many_spec.lua"))
  end)

  it("explains itself", function()
    local out, status = test "--help"
    assert.matches("^Usage: netlua test ", out)
    assert.equal(0, status)
    out, status = test ""
    assert.matches("which files", out)
    assert.equal(2, status)
  end)
end)

describe("the harness", function()
  local dir

  before_each(function() dir = program.directory() end)
  after_each(function() program.remove(dir) end)

  local function run(text)
    local path = dir .. "/x_spec.lua"
    local f = assert(io.open(path, "w"))
    f:write(text)
    f:close()
    return sh(("cd %s && NETLUA_RESULTS= NETLUA_SKIPS= NETLUA_LEAK_WAIT=0.1 %s %sspec/run.lua %s"):format(dir,
      quote(program.host), support.root, path))
  end

  it("fails a test that leaves something behind, and says what", function()
    for what, text in pairs {
      ["descriptor %d+ %(/dev/null%)"] = [[keep = io.open "/dev/null"]],
      ["descriptor %d+ %(net:"] = [[keep = require("netlua").netns.add "x"]],
      ["process %d+ %(sleep%)"] = [[keep = require("netlua").netns.add "x":spawn { "sleep", "100" }]],
      ["file left"] = [[io.open("left", "w"):close()]],
    } do
      local out, status = run(("it('leaves', function() %s end)"):format(text))
      assert.matches("left behind by 'leaves':.*" .. what, out)
      assert.equal(1, status)
      os.remove(dir .. "/left")
    end
  end)

  it("counts what setup made as there, and waits for after_each", function()
    local out, status = run [[
      describe("a block", function()
        local shared, own
        setup(function() shared = io.open "/dev/null" end)
        teardown(function() shared:close() end)
        before_each(function() own = io.open "/dev/null" end)
        after_each(function() own:close() end)
        it("is clean", function() end)
        it("is clean, too", function() end)
      end)]]
    assert.equal(0, status, out)
  end)

  it("takes a skip for what it is", function()
    local out, status = run [[
      local support = require "spec.support"
      it("skips", function() support.skip "no moon tonight" end)
      it("needs", function() support.need(false, "no sun either") end)
      it("has", function() assert.equal(7, support.need(7, "never said")) end)
      support.root_it("has rights", function() local ns = support.netns() assert(support.ip(ns, "link")[1].ifname == "lo") end)]]
    assert.matches("2 successes / 0 failures / 0 errors / 2 pending", out)
    assert.matches("no moon tonight", out)
    assert.equal(0, status)
  end)
end)
