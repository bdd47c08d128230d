-- The prompt: what it prints, how it goes on after errors, what it remembers, what Tab adds.
local program = require "spec.support.program"
local inspect = require("netlua.inspect").inspect
local complete = require "netlua.complete"
local quote = program.quote

describe("inspect", function()
  it("shows values as a person would write them", function()
    for want, value in pairs {
      ["nil"] = false, ["12"] = 12, ["1.5"] = 1.5, ["plain text"] = "plain text",
      ["{}"] = {}, ["{ 1, 2, 3 }"] = { 1, 2, 3 },
      ['{ a = 1, ["b c"] = "x", ["end"] = 2 }'] = { a = 1, ["b c"] = "x", ["end"] = 2 },
      ['{ "first", [10] = true, x = "y" }'] = { "first", x = "y", [10] = true },
      ['{ "tab\\t", "zero\\x00", "日本" }'] = { "tab\t", "zero\0", "日本" },
    } do
      if want == "nil" then value = nil end
      assert.equal(want, inspect(value))
    end
  end)

  it("breaks what is too long for a line, and nests", function()
    assert.equal('{\n  { ifname = "lo", mtu = 65536 },\n  { ifname = "eth0", mtu = 1500 }\n}',
      inspect({ { ifname = "lo", mtu = 65536 }, { ifname = "eth0", mtu = 1500 } }, { width = 50 }))
  end)

  it("cuts long lists and says how much is missing", function()
    local list = {}
    for i = 1, 120 do list[i] = i end
    assert.truthy(inspect(list):find "50,\n  … 70 more\n}$")
    assert.equal("{ 1, 2, … 118 more }", inspect(list, { items = 2 }))
    list.x = 1
    assert.equal("{ 1, 2, … 119 more }", inspect(list, { items = 2 }))
  end)

  it("ends in cycles and at a depth", function()
    local t = { name = "t" }
    t.self = t
    assert.equal('{ name = "t", self = <the table above> }', inspect(t))
    local twice = { 1 }
    assert.equal("{ { 1 }, { 1 } }", inspect { twice, twice })
    assert.equal("{ { {…} } }", inspect({ { { { 1 } } } }, { depth = 2 }))
  end)

  it("lets objects speak for themselves, also when they fail to", function()
    local object = setmetatable({}, { __tostring = function() return "line one\nline two" end })
    assert.equal("line one\nline two", inspect(object))
    assert.equal("{\n  a = line one\n  line two\n}", inspect { a = object })
    local broken = setmetatable({}, { __tostring = function() error("no words", 0) end })
    assert.equal("<__tostring failed: no words>", inspect(broken))
    -- A table that answers for keys it does not have is shown with those it has.
    assert.equal("{ a = 1 }", inspect(setmetatable({ a = 1 }, { __index = function() error "asked" end })))
  end)
end)

describe("completion", function()
  local env = setmetatable({
    value = { alpha = 1, alpine = function() end, beta = { inner = true } },
    text = "a string",
    object = setmetatable({ own = 1 }, { names = { { lazy = true } }, __index = function() end }),
    broken = setmetatable({}, { __index = function() error "asked" end }),
  }, { __index = _G })

  local function tab(line, cursor) return { complete.tab(line, cursor or #line, env, 40) } end

  it("adds what is certain, and shows the choice", function()
    assert.same({ "ue", "" }, tab "val")
    assert.same({ "p", "" }, tab "value.al")
    assert.same({ "", "alpha   alpine" }, tab "value.alp")
    assert.same({ "ne(", "" }, tab "value.alpi")
    assert.same({ "ner", "" }, tab "x = 1 + value.beta.in")
    assert.same({ "", "" }, tab "value.nothing")
    assert.same({ "", "" }, tab "value.beta.inner.more")
  end)

  it("knows globals, keywords, and methods", function()
    assert.same({ "rt(", "" }, tab "table.inse")
    assert.same({ "tion", "" }, tab "func")
    assert.same({ "er(", "" }, tab "print(text:upp")
    assert.same({ "", "" }, tab "value:alpha") -- a number is no method
    assert.same({ "lazy", "" }, { complete.tab("object.", 7, { object = setmetatable({}, getmetatable(env.object)) }, 40) })
  end)

  it("looks at what stands before the cursor only, and indents an empty line", function()
    assert.same({ "ue", "" }, tab("val + 1", 3))
    assert.same({ "  ", "" }, tab "")
    assert.same({ "  ", "" }, tab("  ", 2))
  end)

  it("survives objects that cannot be asked, and values it knows nothing of", function()
    assert.same({ "", "" }, tab "broken.any")
    assert.same({ "", "" }, tab "('x').up")
    assert.same({ "", "" }, tab "no.such.thing")
  end)

  it("knows the library's names", function()
    local names = {}
    local netlua = require "netlua"
    for _, name in ipairs(select(2, complete.candidates("netlua.", { netlua = netlua }))) do names[name] = true end
    for _, name in ipairs { "netns", "lab", "now", "all" } do assert.truthy(names[name], name) end
    local ns <close> = netlua.netns.add "a"
    local _, methods = complete.candidates("ns:", { ns = ns })
    assert.truthy(table.concat(methods, " "):find "sysctl")
    local _, fields = complete.candidates("ns.", { ns = ns })
    assert.truthy(table.concat(fields, " "):find "link")
  end)
end)

describe("the prompt", function()
  -- Without a terminal: lines come and go plainly.
  local function typed(text, arguments) return (program.netlua("-i " .. (arguments or ""), text)) end

  it("shows the values of expressions, and runs statements", function()
    assert.equal("2\n3\t4\nnil\n{ 1, a = 2 }\n5\n", typed "1 + 1\n3, 4\nnil\n{1, a=2}\nx = 5\nx\nlocal y = 1\n\n-- nothing\n")
    assert.equal("2\n", typed "= 1 + 1\n")
    assert.equal("1\n", typed "1;\n")
  end)

  it("reads on until the input is whole", function()
    assert.equal("1\n2\n{ 1, 2 }\nab\n", typed [[
for i = 1, 2 do
  print(i)
end
{1,
2}
[==[a]==] ..
"b"
]])
  end)

  it("has netlua at hand", function()
    assert.equal("netns ns1\nlo\n", typed "ns1 = netlua.netns.add 'ns1'\nns1\nns1.link:get 'lo'.ifname\n")
  end)

  it("goes on after errors, and says only what tells something", function()
    local out = typed [[
error "first"
x = = 1
netlua.netns.add ""
error(setmetatable({}, { __tostring = function() return "an object" end }))
function f() error "in f" end
f()
1 + 1
]]
    assert.truthy(out:find("stdin:1: first\nstdin:1: unexpected symbol near '='\n", 1, true), out)
    assert.truthy(out:find("\nstdin:1: netns.add: name: expected", 1, true), out)
    assert.truthy(out:find("\nan object\n", 1, true), out)
    assert.truthy(out:find("\nstdin:1: in f\nstack traceback:\n", 1, true), out)
    assert.truthy(out:find "in function 'f'\n", out)
    assert.falsy(out:find "netlua.host.call", out)
    assert.falsy(out:find "stack traceback.*stack traceback", out)
    assert.truthy(out:find "\n2\n$", out)
  end)

  it("says what is missing when the input ends too early", function()
    assert.truthy(typed "for i = 1, 2 do\n":find "stdin:1: 'end' expected near <eof>")
  end)

  it("helps, and ends at exit and quit", function()
    assert.truthy(typed "help\n":find "netlua.netns.add")
    local text = typed "help()\n"
    assert.truthy(text:find "Ctrl%-D")
    assert.truthy(typed "netlua\n":find "^netlua: all, capture, expect, ")
    assert.truthy(typed "help(netlua.why)\n":find "Follows a packet")
    assert.truthy(typed "help 'lab:link'\n":find "lab:link%(a, b, opts%)")
    assert.truthy(typed "help(1)\n":find "nothing is said of that")
    -- What it proposes works as it stands.
    local proposed = {}
    for line in text:gmatch "\n  (%l[^\n]*)" do
      if line:find "^ns" then proposed[#proposed + 1] = line:match "^(.-)%s%s+.*$" or line end
    end
    assert.equal(8, #proposed)
    local out = typed(table.concat(proposed, "\n") .. "\n")
    assert.truthy(out:find "1 packets transmitted, 1 received" and out:find '"192.0.2.1"', out)
    assert.equal("1\n", typed "1\nexit\n2\n")
    assert.equal("1\n", typed "1\nquit\n2\n")
    assert.equal("5\n", typed "exit = 5\nexit\n")
  end)

  it("goes on after an interruption", function()
    local out = typed "io.popen('kill -INT $PPID'):close() while true do end\n1 + 1\n"
    assert.equal("interrupted!\n2\n", out)
  end)

  it("goes on after an interruption that met a coroutine", function()
    local out = typed "coroutine.wrap(function() io.popen('kill -INT $PPID'):close() error 'went on' end)()\n1 + 1\n"
    assert.truthy(out:find "\n2\n$", out)
  end)

  it("uses _PROMPT where a person types", function()
    assert.truthy(program.sh("printf '_PROMPT = \"say: \"\\n' | TERM=dumb script -qec " ..
      quote(quote(program.host)) .. " /dev/null"):find "say: ")
  end)

  describe("after a script", function()
    local dir
    before_each(function()
      dir = program.directory {
        ["a.lua"] = [[
local netlua = require "netlua"
local a <close> = netlua.netns.add "aa"
local none = nil
Global = "g"
print("ran", ...)]],
        ["returns.lua"] = "local x = 1\nGlobal = 'g'\nreturn x",
        ["fails.lua"] = "Global = 'g'\nlocal x = 1\nerror 'no luck'",
        ["verdict.lua"] = [[
local report = require("netlua.report").chapter "none"
local node <close> = require("netlua").netns.add "node"
report:check("a fact", true)
return report:verdict()]],
      }
    end)
    after_each(function() program.remove(dir) end)

    it("sees the script's locals, alive, and its arguments", function()
      assert.equal("ran\tone\ttwo\nnetns aa\nfalse\nnil\ng\n4\n",
        program.netlua(("-i %s/a.lua one two"):format(dir), "a\na:closed()\nnone\nGlobal\nnone = 4\nnone\n"))
    end)

    it("comes after a script that ends in return", function()
      assert.equal("g\nnil\n", program.netlua(("-i %s/returns.lua"):format(dir), "Global\nx\n"))
    end)

    it("comes after one that fails, does not parse, or does not exist", function()
      local out = program.netlua(("-i %s/fails.lua"):format(dir), "Global\n")
      assert.truthy(out:find "netlua: .*/fails.lua:3: no luck\nstack traceback", out)
      assert.truthy(out:find "\ng\n$", out)
      assert.truthy(program.netlua(("-i %s/none.lua"):format(dir), "1 + 1\n"):find "No such file or directory\n2\n$")
    end)

    it("stays where a chapter gives its verdict", function()
      local out = program.netlua(("-i %s/verdict.lua"):format(dir), "node:closed()\nreport.steps\n")
      assert.truthy(out:find "Verdict: all 1 checks hold.\nfalse\n0\n$", out)
    end)
  end)

  describe("on a terminal", function()
    local home
    before_each(function() home = program.directory() end)
    after_each(function() program.remove(home) end)

    -- What a person types (bytes, as keys), against a terminal of script(1)'s making. Each chunk is sent when
    -- the one before has shown its mark, so nothing depends on time.
    local function typing(chunks, environment)
      local keys = { "exec 3<>" .. home .. "/in" }
      for _, chunk in ipairs(chunks) do
        keys[#keys + 1] = ("printf %%b %s >&3"):format(quote(chunk[1]))
        if chunk[2] then
          -- As long as it takes, up to 10 s.
          keys[#keys + 1] = ("for _ in $(seq 500); do grep -aqF -e %s %s/out && break; sleep 0.02; done"):format(
            quote(chunk[2]), home)
        end
      end
      keys[#keys + 1] = "printf '\\004' >&3; wait $!; exec 3>&-"
      local out = program.sh(([[mkfifo %s/in; : > %s/out
        env HOME=%s TERM=xterm XDG_STATE_HOME= %s timeout 200 script -qefc %s %s/log < %s/in > %s/out 2>&1 &
        %s]]):format(home, home, home, environment or "", quote(quote(program.host)), home, home, home,
        table.concat(keys, "\n")))
      local file = io.open(home .. "/out")
      local shown = file:read "a":gsub("\r", "")
      file:close()
      return shown, out
    end

    local function history(path)
      local file = io.open(path or home .. "/.local/state/netlua/history")
      if not file then return nil end
      local text = file:read "a"
      file:close()
      return text
    end

    it("edits a line, completes names, and shows the value", function()
      local shown = typing { { "", "> " }, { "14\\00020+1\\n", "24" }, { "string.for\\t'%03d', 7)\\n", "007" } }
      assert.truthy(shown:find("Ctrl-D to leave", 1, true), shown)
      assert.truthy(shown:find "\n24\n", shown) -- 10+14: Ctrl-B steps back before the 4
    end)

    it("drops the line at Ctrl-C, and interrupts what runs", function()
      local shown = typing {
        { "", "> " }, { "dropped(\\003", "\n" }, { "print('a' .. 'b')\\n", "ab" },
        { "print('run' .. 'ning') while true do end\\n", "running" }, { "\\003", "interrupted!" },
        { "1000 + 234\\n", "1234" },
      }
      assert.truthy(shown:find "1234", shown)
      assert.falsy(shown:find "dropped.*nil value", shown)
    end)

    it("keeps the history over sessions, without repeats", function()
      typing { { "", "> " }, { "x = 10 + 1\\n", "\n> " }, { "x = 10 + 1\\n" }, { "x * 3\\n", "33" } }
      assert.equal("x = 10 + 1\nx * 3\n", history())
      local shown = typing { { "", "> " }, { "\\020\\020\\n" }, { "x * 4\\n", "44" } }
      assert.truthy(shown:find "44\n", shown)
      assert.equal("x = 10 + 1\nx * 3\nx = 10 + 1\nx * 4\n", history())
    end)

    it("keeps the history under XDG_STATE_HOME, for the user's eyes only", function()
      typing({ { "", "> " }, { "1 + 1\\n", "2" } }, "XDG_STATE_HOME=" .. home .. "/state")
      assert.equal("1 + 1\n", history(home .. "/state/netlua/history"))
      assert.equal("700\n", (program.sh("stat -c %a " .. home .. "/state/netlua")))
    end)

    it("cuts a history that has grown", function()
      program.sh(("mkdir -p %s/.local/state/netlua && seq 3000 > %s/.local/state/netlua/history"):format(home, home))
      typing { { "", "> " }, { "'e' .. 'nd'\\n", "end" } }
      local kept = history()
      assert.equal("2001\n", kept:match "^[^\n]*\n")
      assert.truthy(kept:find "\n3000\n'e' .. 'nd'\n$")
      assert.equal(1001, select(2, kept:gsub("\n", "")))
    end)

    it("works without a home, and on a terminal that can nothing", function()
      assert.truthy(typing({ { "", "> " }, { "20 + 3\\n", "23" } }, "HOME="):find "23\n")
      assert.truthy(typing({ { "", "> " }, { "20 + 3\\n", "23" } }, "TERM=dumb"):find "23\n")
    end)

    it("takes characters of any script", function()
      local shown = typing({ { "", "> " }, { "#'é日本'\\n", "8" } }, "LC_ALL=C")
      assert.truthy(shown:find "\n8\n", shown)
    end)
  end)
end)
