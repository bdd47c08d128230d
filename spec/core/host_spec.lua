-- The `netlua` program: its options, its exit status, its messages, where it finds things.
local program = require "spec.support.program"
local netlua, code, quote = program.netlua, program.code, program.quote

describe("netlua", function()
  local dir

  before_each(function() dir = program.directory() end)
  after_each(function() program.remove(dir) end)

  local function file(name, content)
    local path = dir .. "/" .. name
    local f = assert(io.open(path, "wb"))
    f:write(content)
    f:close()
    return path
  end

  -- The same text in the shell's working directory `dir`.
  local function in_dir(arguments) return program.sh(("cd %s && %s %s"):format(dir, quote(program.host), arguments)) end

  describe("with a script", function()
    it("runs it with its arguments in `arg` and `...`", function()
      local path = file("a.lua", "print(arg[0]); print(#arg, ...)")
      local out, status = netlua(path .. " one 'two three' -e")
      assert.equal(path .. "\n3\tone\ttwo three\t-e\n", out)
      assert.equal(0, status)
    end)

    it("leaves a first line with #! to the shell", function()
      local path = file("a.lua", "#!/usr/bin/env netlua\nprint(debug.getinfo(1).currentline)")
      assert.equal("2\n", (netlua(path)))
    end)

    it("exits with what the script returns", function()
      for returned, want in pairs { [""] = 0, ["return"] = 0, ["return true"] = 0, ["return false"] = 1,
        ["return 7"] = 7, ["return nil"] = 0, ["return 'x'"] = 0 } do
        local out, status = netlua(file("a.lua", returned))
        assert.equal("", out)
        assert.equal(want, status, returned)
      end
    end)

    it("says name and reason of one that does not exist, and exits with 1", function()
      local out, status = in_dir "nosuch.lua"
      assert.equal("netlua: cannot open nosuch.lua: No such file or directory\n", out)
      assert.equal("netlua: cannot open dctor: No such file or directory; nor is there such a command or chapter (netlua help)\n",
        (netlua "dctor"))
      assert.equal(1, status)
    end)

    it("says name, line and reason of one that does not parse, and exits with 1", function()
      local path = file("bad.lua", "x = 1\n\nx = = 2\n")
      local out, status = netlua(path)
      assert.equal(("netlua: %s:3: unexpected symbol near '='\n"):format(path), out)
      assert.equal(1, status)
    end)

    it("refuses a precompiled one by name, and exits with 1", function()
      local path = file("c.luac", string.dump(load "print 'ran'"))
      local out, status = netlua(path)
      assert.equal(("netlua: %s is precompiled: netlua loads Lua source only\n"):format(path), out)
      assert.equal(1, status)
    end)

    it("refuses a directory, and exits with 1", function()
      local out, status = netlua(dir)
      assert.equal(("netlua: cannot read %s: Is a directory\n"):format(dir), out)
      assert.equal(1, status)
    end)

    it("says an error with its line and a traceback, and exits with 1", function()
      local path = file("a.lua", "local function f()\n  error 'no luck'\nend\nf()\n")
      local out, status = netlua(path)
      assert.truthy(out:find(("netlua: %s:2: no luck\nstack traceback:\n"):format(path), 1, true), out)
      assert.truthy(out:find(("%s:4: in main chunk"):format(path), 1, true), out)
      assert.equal(1, status)
    end)

    it("says an error object's own words", function()
      local path = file("a.lua", "local netlua = require 'netlua'\nnetlua.netns.add ''\n")
      local out, status = netlua(path)
      assert.truthy(out:find(("netlua: %s:2: netns.add: name: expected"):format(path), 1, true), out)
      assert.falsy(out:find("stack traceback", 1, true), out)
      assert.equal(1, status)
    end)

    it("says how the script came to an error object, and nothing of the library", function()
      local path = file("a.lua", "local netlua = require 'netlua'\nlocal function f()\n  netlua.netns.add ''\nend\nf()\n")
      local out, status = netlua(path)
      assert.truthy(out:find(("\nstack traceback:\n\t%s:3: in local 'f'\n\t%s:5: in main chunk\n"):format(path, path), 1, true), out)
      assert.falsy(out:find("[C]", 1, true), out)
      assert.equal(1, status)
    end)

    it("says what kind of value was raised when it has no words", function()
      local out, status = code "error({})"
      assert.truthy(out:find("netlua: (error object is a table value)", 1, true), out)
      assert.equal(1, status)
      out, status = code "error(nil)"
      assert.truthy(out:find("netlua: (error object is a nil value)", 1, true), out)
      assert.equal(1, status)
    end)
  end)

  describe("with standard input", function()
    it("runs it as a script when there is nothing else", function()
      local out, status = netlua("", "print(debug.getinfo(1, 'S').short_src, ...)")
      assert.equal("stdin\n", out)
      assert.equal(0, status)
    end)

    it("runs it for `-`, with arguments", function()
      assert.equal("-\ta\tb\n", (netlua("- a b", "print(arg[0], ...)")))
    end)

    it("takes `-` behind `--` for a file", function()
      local out, status = in_dir "-- - < /dev/null"
      assert.equal("netlua: cannot open -: No such file or directory\n", out)
      assert.equal(1, status)
    end)
  end)

  describe("with options", function()
    it("says its version and its help without running anything", function()
      local out, status = netlua "--version nosuch.lua"
      assert.truthy(out:find "^netlua %d+%.%d+%.%d+ %(Lua 5%.4%.%d+%)\n$", out)
      assert.equal(0, status)
      for _, option in ipairs { "--help", "-h" } do
        out, status = netlua(option)
        assert.truthy(out:find "^Usage: netlua", out)
        for _, word in ipairs { "-e CODE", "-i", "--version", "netlua help" } do
          assert.truthy(out:find(word, 1, true), word)
        end
        assert.equal(0, status)
      end
    end)

    it("exits with 2 for wrong ones, and names them", function()
      for arguments, message in pairs {
        ["-x"] = "'-x' is no option", ["--nonsense x.lua"] = "'--nonsense' is no option",
        ["-e"] = "'-e' needs Lua code", ["-l"] = "'-l' needs a module's name",
        ["--lang"] = "'--lang' needs a language: en or ja", ["--lang="] = "'--lang=' needs a language: en or ja",
        ["--lang xx a.lua"] = "'--lang' needs a language: en or ja", ["--lang=xx"] = "'--lang=xx' needs a language: en or ja",
      } do
        local out, status = netlua(arguments)
        assert.equal(("netlua: %s\nTry: netlua --help\n"):format(message), out)
        assert.equal(2, status)
      end
    end)

    it("runs -e, several in order, and then the script", function()
      local path = file("a.lua", "print(x, ...)")
      assert.equal("4\targ\n", (netlua("-e 'x = 3' -e'x = x + 1' " .. path .. " arg")))
    end)

    it("has netlua as a global in -e only", function()
      assert.equal("table\n", (code "print(type(netlua))"))
      assert.equal("nil\n", (netlua(file("a.lua", "print(type(netlua))"))))
    end)

    it("stops at the first -e that fails", function()
      local out, status = netlua "-e 'error(\"first\", 0)' -e 'print \"second\"'"
      assert.truthy(out:find "netlua: first\n", out)
      assert.falsy(out:find "second", out)
      assert.equal(1, status)
    end)

    it("requires -l MODULE as a global", function()
      file("mine.lua", "return { answer = 42 }")
      assert.equal("42\n", (in_dir "-l mine -e 'print(mine.answer)'"))
    end)

    it("tells the language to scripts", function()
      local print_lang = " -e 'print(os.getenv \"NETLUA_LANG\")'"
      assert.equal("ja\n", (netlua("--lang ja" .. print_lang)))
      assert.equal("ja\n", (netlua("--lang=ja" .. print_lang)))
    end)

    it("ends the options at --", function()
      file("-e", "print 'a file'")
      assert.equal("a file\n", (in_dir "-- -e"))
    end)
  end)

  describe("os.exit", function()
    it("gives its status and closes what the script has open", function()
      local out, status = code [[
        local open <close> = setmetatable({}, { __close = function() print "closed" end })
        Collected = setmetatable({}, { __gc = function() print "collected" end })
        os.exit(9)]]
      assert.equal("closed\ncollected\n", out)
      assert.equal(9, status)
    end)

    it("leaves everything when told so, and may be called by a finalizer", function()
      local out, status = code [[
        local open <close> = setmetatable({}, { __close = function() print "closed" end })
        os.exit(true, false)]]
      assert.equal("", out)
      assert.equal(0, status)
      out, status = code [[Last = setmetatable({}, { __gc = function() print "bye" os.exit(5) end })]]
      assert.equal("bye\n", out)
      assert.equal(5, status)
    end)
  end)

  describe("loads source text only", function()
    local dumped = "string.dump(function() return 'ran' end)"

    it("with load", function()
      local out = code(("print(load(%s))"):format(dumped))
      assert.truthy(out:find "^nil\t.*binary chunk", out)
      assert.truthy(code(("print(load(%s, 'x', 'bt'))"):format(dumped)):find "^nil\t.*binary chunk")
      assert.equal("nil\tmode 'b': a precompiled chunk is never loaded, netlua loads Lua source only\n",
        (code(("print(load(%s, 'x', 'b'))"):format(dumped))))
    end)

    it("with loadfile, dofile and require, naming the file", function()
      file("dumped.lua", string.dump(load "return 'ran'"))
      assert.equal("nil\tdumped.lua is precompiled: netlua loads Lua source only\n",
        (in_dir "-e 'print(loadfile \"dumped.lua\")'"))
      assert.truthy(in_dir("-e 'dofile \"dumped.lua\"'"):find "netlua: dumped%.lua is precompiled")
      local out = in_dir "-e 'require \"dumped\"'"
      assert.truthy(out:find("error loading module 'dumped' from file './dumped.lua':\n\t./dumped.lua is precompiled", 1,
        true), out)
    end)

    it("and text as ever", function()
      file("text.lua", "local a = ... ; return a, x, 3")
      assert.equal("1\t2\t3\n", (code "x = 2; print(load('return ..., x, 3', 'n', nil, _G)(1))"))
      assert.equal("7\n", (code "local n = 0; print(load(function() n = n + 1; return ({'return ', '7'})[n] end)())"))
      assert.equal("1\t2\t3\n", (in_dir "-e 'print(loadfile(\"text.lua\", \"bt\", {x = 2})(1))'"))
      assert.equal("nil\tnil\t3\n", (in_dir "-e 'print(dofile \"text.lua\")'"))
      assert.equal("text\t./text.lua\n", (in_dir "-e 'package.loaded.text = nil' -e 'x = {require \"text\"}; print(x[1], x[2])'"))
      assert.truthy(code("require 'no.such'"):find("no file './no/such.lua'", 1, true))
      assert.truthy(code("print(load('x ='))"):find "^nil\t%[string \"x =\"%]:1:")
    end)
  end)

  describe("finds", function()
    it("its library from any directory", function()
      assert.equal("function\n", (in_dir "-e 'print(type(require(\"netlua.netns\").add))'"))
    end)

    it("modules of the user through LUA_PATH", function()
      file("mine.lua", "return 'mine'")
      local out = program.sh(("cd / && LUA_PATH='%s/?.lua;;' %s -e 'print((require \"mine\"))'"):format(dir,
        quote(program.host)))
      assert.equal("mine\n", out)
    end)

    it("shipped chapters, unless a file here has the name", function()
      local chapters = code("io.write(require('netlua.host').chapters)")
      assert.truthy(io.open(chapters .. "/ch3_router.lua"), chapters)
      -- Not run to its end here: the chapters have a spec of their own.
      local found = [[-e "print(require('netlua.host').chapter 'ch3_router.lua')"]]
      assert.equal(chapters .. "/ch3_router.lua\n", (in_dir(found)))
      assert.truthy(in_dir("ch3_router --nonsense"):find "%S")
      file("ch3_router.lua", "print 'the one here'")
      assert.equal("the one here\n", (in_dir "ch3_router.lua"))
    end)

    it("commands by their name, but a file with a path is a file", function()
      local out, status = netlua "help"
      assert.truthy(out:find("netlua help", 1, true), out)
      assert.equal(0, status)
      file("help", "print 'a file'")
      assert.equal("a file\n", (in_dir "./help"))
    end)

    it("the library of its own tree after that was moved", function()
      local tree = code("io.write(require('netlua.host').library)"):gsub("/scripts$", "")
      if program.host:sub(1, #tree) ~= tree then return pending "this build is outside of its source tree" end
      local bin = program.host:sub(#tree + 2)
      assert.equal(0, select(2, program.sh(([[
        mkdir -p %s/$(dirname %s) && cp %s %s/%s && cp -r %s/scripts %s/]]):format(dir, bin, quote(program.host), dir,
        bin, tree, dir))))
      local out = program.sh(("cd / && %s/%s -e 'print(require(\"netlua.host\").library)'"):format(dir, bin))
      assert.equal(dir .. "/scripts\n", out)

      -- And in it a command of our own, for which the host does what it declares.
      local function command(name, declared)
        file("scripts/netlua/cmd/" .. name .. ".lua", ([[
          return { %s main = function(args)
            print(io.popen "readlink /proc/self/ns/user":read "l", args[0], #args, args[2])
            return 3
          end }]]):format(declared))
        local shown, status = program.sh("unshare --user --map-root-user setpriv --bounding-set=-all --inh-caps=-all sh -c " ..
          quote(("readlink /proc/self/ns/user; %s/%s %s a b"):format(dir, bin, name)))
        local outside, inside, rest = shown:match "^(%S+)\n(%S+)\t(.*)$"
        assert.equal(name .. "\t2\tb\n", rest, shown)
        assert.equal(3, status)
        return outside == inside
      end
      assert.is_true(command("stays", "rights = false,"))
      assert.is_false(command("enters", ""))
    end)
  end)

  describe("interrupted", function()
    -- The script interrupts itself: the parent of popen's shell is netlua.
    local interrupt = "io.popen('kill -INT $PPID'):close() "

    it("ends a script that never would, with status 130 and its line", function()
      local path = file("a.lua", "\n" .. interrupt .. "\nwhile true do end\n")
      local out, status = program.sh("timeout 200 " .. quote(program.host) .. " " .. path)
      assert.truthy(out:find "netlua: interrupted!\nstack traceback:\n", out)
      assert.truthy(out:find(path .. ":%d: in main chunk"), out)
      assert.equal(130, status)
    end)

    it("closes what the script has open", function()
      local out, status = code("local a <close> = setmetatable({}, { __close = function() print 'closed' end }) " ..
        interrupt .. "while true do end")
      assert.truthy(out:find "closed\n", out)
      assert.equal(130, status)
    end)

    -- One Ctrl-C must do wherever the script is: hooks belong to one coroutine each.
    for what, script in pairs {
      ["a coroutine"] = "coroutine.resume(coroutine.create(function() %s while true do end end))",
      ["a wrapped coroutine"] = "coroutine.wrap(function() %s while true do end end)()",
      ["a coroutine in a coroutine"] = "coroutine.wrap(function() coroutine.wrap(function() %s while true do end end)() end)()",
      ["a coroutine that yields at once"] = "local f = coroutine.wrap(function() while true do coroutine.yield() end end) " ..
        "f() %s while true do f() end",
      ["netlua.all"] = "netlua.all { function() netlua.sleep(60) end, function() %s while true do end end }",
      ["netlua.race"] = "netlua.race { function() netlua.sleep(60) end, function() %s while true do end end }",
      ["netlua.timeout"] = "netlua.timeout(60, function() %s while true do end end)",
      ["netlua.spawn"] = "netlua.spawn(function() %s while true do end end) netlua.sleep(60)",
      ["a task that waited first"] = "netlua.all { function() netlua.sleep(0.01) %s while true do end end }",
      ["a task of a task"] = "netlua.all { function() netlua.all { function() %s while true do end end } end }",
    } do
      it("ends a busy loop in " .. what .. ", once", function()
        local script_now = script:format(interrupt)
        if script:find("coroutine.resume", 1, true) then script_now = "assert(" .. script_now .. ")" end
        local out, status = program.sh("timeout 10 " .. quote(program.host) .. " -e " ..
          quote("local held <close> = setmetatable({}, { __close = function() print 'closed' end }) " .. script_now))
        assert.truthy(out:find "interrupted!", out)
        assert.truthy(out:find "closed\n", out)
        assert.equal(130, status)
      end)
    end

    it("leaves coroutines as Lua has them", function()
      local out = code [[
        print(coroutine.resume(coroutine.create(function(...) return select('#', ...), coroutine.yield(...) end), 1, nil))
        local co = coroutine.wrap(function(a) local b, c = coroutine.yield(a + 1) return b, c end)
        print(co(1)) print(co(2, 3)) print(pcall(co))
        print(coroutine.resume(coroutine.create(function() error { 1 } end)))
        print(pcall(coroutine.wrap(function() error 'here' end)))
        print(pcall(coroutine.resume, 1)) print(pcall(coroutine.wrap, 1))
        local shut = setmetatable({}, { __close = function() print 'shut' end })
        print(pcall(coroutine.wrap(function() local _ <close> = shut error 'x' end)))]]
      assert.equal([[
true	1	nil
2
2	3
false	cannot resume dead coroutine
false	table
false	(command line):5: here
false	bad argument #1 to 'coroutine.resume' (thread expected, got number)
false	bad argument #1 to 'coroutine.wrap' (function expected, got number)
shut
false	(command line):8: x
]], (out:gsub("table: 0x%x+", "table")))
    end)

    it("wakes a wait of the library", function()
      local wait = [[
        local core = require "netlua.core"
        io.popen "sleep 0.2; kill -INT $PPID"
        local s = netlua.netns.add "a".core
        while true do core.poll(s:fd(), "p", 30) end]]
      local out, status = program.sh("timeout 200 " .. quote(program.host) .. " -e " .. quote(wait))
      assert.truthy(out:find "interrupted!", out)
      assert.equal(130, status)
    end)

    it("is an error that pcall catches", function()
      local out, status = code("print(pcall(function() " .. interrupt .. "while true do end end)) print 'on'")
      assert.equal("false\tinterrupted!\non\n", out)
      assert.equal(0, status)
    end)

    it("takes no notice where it was started with Ctrl-C ignored", function()
      local out, status = program.sh("trap '' INT; " .. quote(program.host) .. " -e " .. quote(interrupt .. "print 'on'"))
      assert.equal("on\n", out)
      assert.equal(0, status)
    end)
  end)

  it("fails when its output cannot be written", function()
    local out, status = code("print(('x'):rep(100))", "> /dev/full")
    assert.equal("netlua: standard output: cannot write\n", out)
    assert.equal(1, status)
  end)
end)
