-- The library without the host: installed, it works in a stock lua5.4 and in busted; the installed program
-- finds the installed library and chapters.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

describe("what is installed", function()
  local prefix, build
  local path -- LUA_PATH and LUA_CPATH, for a prefix that Lua does not know by itself

  setup(function()
    build = program.host:match "^(.*)/bin/[^/]+$"
    prefix = program.directory()
    -- What `cmake --install` does, but for its note in the build directory, which may be somebody else's.
    local plan = assert(io.open(build .. "/cmake_install.cmake")):read("a"):gsub("file%(WRITE \"[^$]*",
      "file(WRITE \"" .. prefix .. "/")
    local file = assert(io.open(prefix .. "/plan.cmake", "w"))
    file:write(plan)
    file:close()
    local out, status = sh(("cmake -DCMAKE_INSTALL_PREFIX=%s -P %s/plan.cmake"):format(prefix, prefix))
    assert(status == 0, out)
    path = ("LUA_PATH='%s/share/lua/5.4/?.lua;%s/share/lua/5.4/?/init.lua;;' LUA_CPATH='%s'"):format(prefix, prefix,
      sh("find " .. prefix .. " -name core.so"):gsub("netlua/core.so\n", "?.so;;"))
  end)
  teardown(function() program.remove(prefix) end)

  it("runs chapters with its own library, from anywhere", function()
    local out, status = sh(("cd / && %s/bin/netlua -e %s"):format(prefix, quote [[
      print(require("netlua.host").library, package.searchpath("netlua.netns", package.path))]]))
    assert.equal(("%s/share/lua/5.4\t%s/share/lua/5.4/netlua/netns.lua\n"):format(prefix, prefix), out)
    assert.equal(0, status)
    out, status = sh(("cd / && %s/bin/netlua ch3_router"):format(prefix))
    assert.truthy(out:find "Verdict: all %d+ checks hold", out)
    assert.equal(0, status)
  end)

  it("works in a stock lua5.4", function()
    local out, status = sh(("cd / && %s %s -e %s"):format(path, program.stock_lua, quote [[
      local netlua = require "netlua"
      local a <close> = netlua.netns.add "a"
      print(a.link:get "lo".operstate)
      print(pcall(a.addr.add, a.addr, "192.0.2.1/40", "lo"))]]))
    assert.truthy(out:find "^UNKNOWN\nfalse\t.*addr.add 192.0.2.1/40 on lo: Invalid argument", out)
    assert.equal(0, status)
  end)

  it("works in busted", function()
    local dir = program.directory { ["my_spec.lua"] = [[
      local netlua = require "netlua"
      it("makes a namespace", function()
        local a <close> = netlua.netns.add "a"
        assert.equal("lo", a.link:list()[1].ifname)
      end)]] }
    local out, status = sh(("cd %s && %s %s $(command -v busted) my_spec.lua"):format(dir, path,
      program.stock_lua))
    program.remove(dir)
    assert.truthy(out:find "1 success / 0 failures / 0 errors", out)
    assert.equal(0, status)
  end)
end)
