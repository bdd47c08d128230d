-- Labs that outlive their script: netlua up, ls, exec, shell, down.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

local office = [[
local netlua = require "netlua"
local lab <close> = netlua.lab "%s"
local a, r, b = lab:host "a", lab:router "r", lab:host "b"
lab:link(a, r, { net = "192.0.2.0/24" })
lab:link(r, b, { net = "198.51.100.0/24" })
lab:build()
print("built", ...)
]]

describe("netlua up", function()
  local dir
  before_each(function()
    dir = program.directory { ["office.lua"] = office:format "office" }
    sh("mkdir -m 700 " .. dir .. "/run")
  end)
  after_each(function()
    sh(("cd %s && XDG_RUNTIME_DIR=%s/run %s down --all"):format(dir, dir, quote(program.host)))
    program.remove(dir)
  end)

  local function file(name, content)
    local f = assert(io.open(dir .. "/" .. name, "w"))
    f:write(content)
    f:close()
  end

  -- In the test's own place for what is up, and with its mark on all processes.
  local function netlua(arguments, more)
    return sh(("cd %s && export XDG_RUNTIME_DIR=%s/run NETLUA_MARK=%s && %s%s %s"):format(dir, dir, dir, more or "",
      quote(program.host), arguments))
  end

  -- What is left of the test's processes and files; the kernel is given 10 s.
  local function left()
    return (sh(([[
      for _ in $(seq 500); do
        left=$(grep -slzxF NETLUA_MARK=%s /proc/[0-9]*/environ)
        test -z "$left" && break
        sleep 0.02
      done
      echo $left; ls -A %s/run]]):format(dir, dir)))
  end

  it("keeps a lab after its script, and down ends it", function()
    local out, status = netlua "up office.lua one two"
    assert.equal("built\tone\ttwo\nlab office is up: netlua ls office; netlua exec office NODE -- COMMAND; " ..
      "netlua down office\n", out)
    assert.equal(0, status)
    out = netlua "ls"
    assert.truthy(out:find "^LAB +NODES +SINCE +PID +SCRIPT\noffice +3 +%d+%-%d+%-%d+ %d+:%d+:%d+ +%d+ +office.lua\n$", out)
    out = netlua "ls office"
    assert.truthy(out:find "^NODE +KIND +ADDRESSES\na +host +192.0.2.1/24.*\nr +router +192.0.2.254/24 .*\nb +host +", out)
    out, status = netlua "exec office a -- ping -n -c 1 -W 5 198.51.100.1"
    assert.truthy(out:find "ttl=63", out)
    assert.equal(0, status)
    out, status = netlua "down office"
    assert.equal("lab office is down\n", out)
    assert.equal(0, status)
    assert.equal("\n", left())
    assert.equal("", (netlua "ls"))
  end)

  it("passes on how a program ends, and what it reads", function()
    netlua "up office.lua"
    assert.equal(7, select(2, netlua "exec office a -- sh -c 'exit 7'"))
    assert.equal(137, select(2, netlua "exec office a -- sh -c 'kill -9 $$'"))
    assert.equal("typed\n", (netlua("exec office a -- cat", "echo typed | ")))
    assert.equal("a\n", (netlua "exec office a -- hostname"))
    assert.equal("-n x --\n", (netlua "exec office a printf '%s\\n' '-n x --'")) -- the -- may be left out
    assert.equal("7", (netlua "exec office a printf -- %d 7"))
    local out, status = netlua "exec office a -- no-such-program"
    assert.truthy(out:find "^netlua: .*no%-such%-program.*ENOENT", out)
    assert.equal(127, status)
    assert.equal(126, select(2, netlua "exec office a /etc/passwd"))
    assert.equal("b\n3\n", (netlua("shell office b", "printf 'hostname\\necho 3\\n' | SHELL=/bin/sh ")))
  end)

  it("gives a shell a terminal with job control, and its exit status", function()
    netlua "up office.lua"
    local inner = ("%s shell office a"):format(quote(program.host))
    local out, status = netlua("", ([[printf 'set -m; sleep 100 & \nkill %%%%1; tty; exit 3\n' |
      SHELL=/bin/sh TERM=dumb timeout 200 script -qec %s /dev/null; exit $?; ]]):format(quote(inner)))
    assert.truthy(out:find "/dev/pts/%d+", out)
    assert.falsy(out:find "job control turned off", out)
    assert.equal(3, status)
  end)

  it("names what is there when something is not", function()
    local out, status = netlua "exec office a -- true"
    assert.equal("netlua: exec: no lab 'office' is up (none is) (ENOENT)\n", out)
    assert.equal(1, status)
    netlua "up office.lua"
    assert.equal("netlua: exec: lab 'office' has no node 'c' (a, r, b) (ENOENT)\n", (netlua "exec office c -- true"))
    assert.equal("netlua: ls: no lab 'home' is up (office) (ENOENT)\n", (netlua "ls home"))
    assert.equal("netlua: down: no lab 'home' is up (office) (ENOENT)\n", (netlua "down home"))
    out, status = netlua "up office.lua"
    assert.equal("built\nnetlua: lab 'office' is up already, from office.lua: netlua down office\n", out)
    assert.equal(1, status)
    for _, wrong in ipairs { "up", "exec office", "shell office", "down", "ls a b", "up --nonsense x" } do
      assert.equal(2, select(2, netlua(wrong)), wrong)
    end
  end)

  it("holds labs with the same node names side by side", function()
    file("other.lua", (office:format("other"):gsub("192%.0%.2%.0", "203.0.113.0")))
    netlua "up office.lua"
    netlua "up other.lua"
    file("odd.lua", (office:format("it's odd"):gsub("192%.0%.2%.0", "203.0.113.0")))
    -- The commands that it names can be typed as they stand.
    local odd = netlua "up odd.lua"
    assert.truthy(odd:find([[lab it's odd is up: netlua ls 'it'\''s odd'; netlua exec 'it'\''s odd' NODE]], 1, true), odd)
    assert.equal("lab it's odd is down\n", (netlua(odd:match "netlua (down [^\n]*)")))
    assert.truthy(netlua "ls":find "office.*\nother")
    assert.truthy(netlua "exec office a -- ip -4 addr":find("192.0.2.1/24", 1, true))
    assert.truthy(netlua "exec other a -- ip -4 addr":find("203.0.113.1/24", 1, true))
    netlua "down office"
    assert.truthy(netlua "ls":find "\nother")
    assert.equal(0, select(2, netlua "exec other a -- true"))
    assert.equal("lab other is down\n", (netlua "down --all"))
    assert.equal("\n", left())
  end)

  it("holds the labs of one script together, and namespaces outside of labs under the script's name", function()
    file("mixed.lua", office:format "one" .. [[
      local second <close> = netlua.lab "büro / 2"
      second:host "x"
      second:build()
      local ns1 <close> = netlua.netns.add "ns1"
      local gone = netlua.netns.add "gone"
      gone:close()
    ]])
    local out = netlua "up mixed.lua"
    assert.truthy(out:find "lab one is up.*lab büro / 2 is up.*lab mixed is up", out)
    assert.equal("NODE  KIND   ADDRESSES\nns1   netns\n", (netlua "ls mixed"))
    assert.equal(0, select(2, netlua "exec 'büro / 2' x -- true"))
    assert.equal("lab büro / 2 is down\nlab mixed is down\nlab one is down\n", (netlua "down mixed"))
    assert.equal("\n", left())
  end)

  it("keeps programs and tasks going", function()
    file("busy.lua", office:format "busy" .. ([[
      b:spawn { "sh", "-c", "yes | head -c 1000000; touch %s/written; exec sleep 1000" }
      netlua.spawn(function() netlua.sleep(0.2) io.open("%s/later", "w"):close() end)
    ]]):format(dir, dir))
    assert.equal(0, select(2, netlua "up busy.lua"))
    assert.equal("there\n", (sh(([[
      for _ in $(seq 500); do test -e %s/written -a -e %s/later && echo there && break; sleep 0.02; done]]):format(dir, dir))))
    netlua "down busy"
    assert.equal("\n", left())
  end)

  it("holds nothing when the script does not end well", function()
    for content, message in pairs {
      ["error 'no luck'"] = "bad.lua:8: no luck\nstack traceback",
      ["return false"] = "bad.lua ended with status 1: nothing is held",
      ["os.exit(4)"] = "bad.lua ended with status 4: nothing is held",
      ["lab:close()"] = "bad.lua leaves no network to hold",
    } do
      file("bad.lua", office:format "bad" .. content)
      local out, status = netlua "up bad.lua"
      assert.truthy(out:find(message, 1, true), out)
      assert.equal(1, status)
      assert.equal("\n", left())
    end
    local out, status = netlua "up nosuch.lua"
    assert.equal("netlua: cannot open nosuch.lua: No such file or directory\n", out)
    assert.equal(1, status)
    file("exits.lua", office:format "exits" .. "os.exit(0)")
    assert.equal(0, select(2, netlua "up exits.lua"))
  end)

  it("is over when its holder is killed: the file is stale, and goes", function()
    netlua "up office.lua"
    local pid = netlua "ls":match "%d+:%d+ +(%d+)"
    sh("kill -9 " .. pid)
    assert.equal("\nnetlua\n", left()) -- no process, but the file
    assert.equal("netlua: exec: no lab 'office' is up (none is) (ENOENT)\n", (netlua "exec office a -- true"))
    assert.equal("", (netlua "ls"))
    assert.equal("\n", left())
    -- The pid of another process, or of the same number started at another time, is not the holder.
    sh(("mkdir -m 700 %s/run/netlua"):format(dir))
    file("run/netlua/office.json", '{"lab":"office","pid":1,"started":1,"since":1,"script":"x","nodes":[]}')
    file("run/netlua/x.json", "nonsense")
    assert.equal("", (netlua "ls"))
    assert.equal("\n", left())
  end)

  it("ends with the command that is ended before the lab stands", function()
    file("slow.lua", office:format "slow" .. "require('netlua').sleep(1000)")
    netlua("up slow.lua", "timeout -s INT 0.3 ")
    assert.equal("\n", left())
  end)

  it("trusts no directory that others may look into", function()
    sh(("mkdir -m 755 %s/run/netlua"):format(dir))
    local out = netlua "up office.lua"
    -- It goes elsewhere, and says so by being found only there.
    assert.truthy(out:find "is up", out)
    assert.equal("", (sh("ls -A " .. dir .. "/run/netlua")))
    assert.equal("lab office is down\n", (netlua "down office"))
  end)

  it("serves an ordinary user of the machine", function()
    if program.mapped() then return pending "as an ordinary user every other test is this test" end
    local ordinary = "setpriv --reuid 1000 --regid 1000 --clear-groups "
    if select(2, sh(ordinary .. "test -x " .. quote(program.host))) ~= 0 then
      return pending "an ordinary user may not run this build, where it lies"
    end
    sh("chown -R 1000:1000 " .. dir)
    local out, status = netlua("up office.lua", ordinary)
    assert.equal(0, status, out)
    assert.truthy(netlua("ls office", ordinary):find("192.0.2.1/24", 1, true))
    out, status = netlua("exec office a -- ping -n -c 1 -W 5 198.51.100.1", ordinary)
    assert.truthy(out:find "ttl=63", out)
    assert.equal(0, status)
    assert.equal("lab office is down\n", (netlua("down office", ordinary)))
    assert.equal("\n", left())
  end)
end)
