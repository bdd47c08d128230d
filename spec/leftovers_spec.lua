-- Nothing is left behind, however a script ends: no namespace, link, mount, process or file.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

-- Everything a script can leave: built, used, and with programs running in it.
local busy = [[
local netlua = require "netlua"
local ended = ...
for round = 1, ended == "long" and 1000 or 2 do
  local a <close> = netlua.netns.add "a"
  local b <close> = netlua.netns.add "b"
  a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
  a.link:set("eth0", { up = true })
  b.link:set("eth0", { up = true })
  a:spawn { "sleep", "1000" }
  -- A grandchild that has left its parent's session.
  b:spawn { "sh", "-c", "setsid sleep 1000 & sleep 1000" }
end
if ended == "error" then error "on purpose" end
if ended == "exit" then os.exit(3) end
if ended == "hard exit" then os.exit(4, false) end
]]

describe("a script leaves nothing behind", function()
  local dir, script, marker

  before_each(function()
    dir = program.directory { ["busy.lua"] = busy }
    script = dir .. "/busy.lua"
    program.sh("mkdir " .. dir .. "/tmp " .. dir .. "/home")
    marker = "NETLUA_MARK=" .. dir -- in the environment of everything the script starts
  end)
  after_each(function()
    program.remove(dir)
    os.remove(dir .. ".out")
  end)

  -- What the machine has: links and mounts of this process's namespaces, published names.
  local function machine()
    return (sh [[
      cat /proc/self/net/dev | sed 's/:.*//' | sort
      sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort
      ls -A /run/netns 2>/dev/null || :]])
  end

  -- Processes that the script has started, and namespaces that any process keeps. The kernel takes things
  -- down behind our back: looked at again until they are gone, for 10 s.
  local function processes()
    return (sh(([[
      for _ in $(seq 500); do
        left=$(grep -slzxF %s /proc/[0-9]*/environ)
        test -z "$left" && break
        sleep 0.02
      done
      for file in $left; do
        tr '\0' ' ' < ${file%%/environ}/cmdline
        grep -E '^(State|PPid|NSpid|SigCgt|SigBlk|SigPnd|ShdPnd)' ${file%%/environ}/status
        cat ${file%%/environ}/wchan
        echo
      done]]):format(quote(marker))))
  end

  -- Runs the script once for each prefix and gives the exit statuses. The output goes to a file: a pipe would be
  -- waited for as long as a process that is left holds it.
  local function run(prefixes, arguments)
    local lines = { ("cd %s; export %s HOME=%s/home TMPDIR=%s/tmp"):format(dir, quote(marker), dir, dir) }
    for _, prefix in ipairs(prefixes) do
      lines[#lines + 1] = ("%s %s %s %s < /dev/null >> %s.out 2>&1; echo $?"):format(prefix, quote(program.host), script,
        arguments, dir)
    end
    local statuses = {}
    for status in sh(table.concat(lines, "\n")):gmatch "%d+" do statuses[#statuses + 1] = math.tointeger(status) end
    return statuses, sh("cat " .. dir .. ".out")
  end

  local function files() return (sh(("cd %s && find . | sort"):format(dir))) end

  -- What is left by one run adds up with the others, so it is enough to look once they are all over.
  local function check_runs(prefixes, arguments)
    local machine_before, files_before = machine(), files()
    local statuses, out = run(prefixes, arguments)
    assert.equal("", processes())
    assert.equal(machine_before, machine())
    assert.equal(files_before, files())
    return statuses, out
  end

  it("after its normal end", function() assert.same({ 0, 0 }, (check_runs({ "", "" }, "normal"))) end)
  it("after an error", function() assert.same({ 1 }, (check_runs({ "" }, "error"))) end)
  it("after os.exit, also without closing", function()
    assert.same({ 3 }, (check_runs({ "" }, "exit")))
    assert.same({ 4 }, (check_runs({ "" }, quote "hard exit")))
  end)

  -- timeout sends the signal at a moment that falls anywhere in the start, the building and the taking down. How many
  -- runs ended with which status.
  local function at_random_moments(signal, count)
    local prefixes, ended = {}, {}
    for i = 1, count do
      -- Not 0, which would be no limit.
      prefixes[i] = ("timeout --preserve-status -s %s %.3f"):format(signal, 0.001 + math.random() * 0.06)
    end
    local statuses, out = check_runs(prefixes, "long")
    for _, status in ipairs(statuses) do ended[status] = (ended[status] or 0) + 1 end
    return ended, out
  end

  it("after Ctrl-C", function()
    local ended, out = at_random_moments("INT", 20)
    -- 128 + 2 from the shell before Lua runs, and from netlua then.
    assert.same({ [130] = 20 }, ended, out)
  end)
  it("after SIGTERM", function() assert.same({ [143] = 20 }, (at_random_moments("TERM", 20))) end)
  it("after SIGHUP", function() assert.same({ [129] = 20 }, (at_random_moments("HUP", 20))) end)
  it("after SIGKILL", function() assert.same({ [137] = 60 }, (at_random_moments("KILL", 60))) end)

  it("of namespaces: the kernel counts none after many ends", function()
    -- In a user namespace of its own that may hold few network namespaces: what was left behind would stop a
    -- later run. Each run makes at least three; they end in the background, so a refused run is tried again.
    local out, status = sh(([[unshare --user --map-root-user sh -c %s]]):format(quote(([[
      echo 30 > /proc/sys/user/max_net_namespaces
      for after in 0.005 0.01 0.02 0.03 0.04 0.05 0.01 0.02 0.03 0.04 0.05 0.06 0.02 0.03 0.04 0.05 0.06 0.07; do
        timeout -s KILL $after %s %s long > /dev/null 2>&1
      done
      for _ in $(seq 500); do
        %s -e 'for i = 1, 29 do _G[i] = netlua.netns.add("n" .. i) end' > /dev/null 2>&1 && echo all free && exit
        sleep 0.02
      done
      echo namespaces are left; exit 1]]):format(quote(program.host), script, quote(program.host)))))
    assert.equal("all free\n", out)
    assert.equal(0, status)
  end)

  it("in the machine's own network, whatever it is asked", function()
    if program.mapped() then return pending "as an ordinary user there is no way to it" end
    local before = sh "cat /proc/self/net/dev /proc/self/net/route | sed 's/:.*//'; sysctl -a 2>/dev/null | grep ^net | sort"
    run({ "" }, "normal")
    local after = sh "cat /proc/self/net/dev /proc/self/net/route | sed 's/:.*//'; sysctl -a 2>/dev/null | grep ^net | sort"
    assert.equal(before, after)
  end)
end)
