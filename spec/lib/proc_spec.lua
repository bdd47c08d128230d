-- node:run and node:spawn: programs in nodes, what they see, and their end.
local netlua = require "netlua"
local core = require "netlua.core"
local support = require "spec.support"

describe("run", function()
  local ns
  before_each(function() ns = netlua.netns.add "web" end)
  after_each(function() ns:close() end)

  it("gives output, error output and exit status", function()
    local r = ns:run { "sh", "-c", "echo out; echo err >&2; exit 3" }
    assert.equal("out\n", r.stdout)
    assert.equal("err\n", r.stderr)
    assert.equal(3, r.code)
    assert.is_nil(r.signal)
  end)

  it("tells the signal that ended it", function()
    for name, number in pairs { SEGV = 11, ABRT = 6, PIPE = 13, SYS = 31 } do
      assert.equal(name, ns:run({ "sh", "-c", "kill -" .. number .. " $$" }).signal)
    end
    local r = ns:run { "sh", "-c", "kill -TERM $$" }
    assert.is_nil(r.code)
    assert.equal("TERM", r.signal)
  end)

  it("runs in the namespace, with a hostname, names and a process tree of its own", function()
    local r = ns:run({ "sh", "-c", "hostname; cat /etc/hosts; ls /sys/class/net; cat /proc/1/comm" })
    assert.matches("^web\n", r.stdout)
    assert.matches("127.0.1.1\tweb", r.stdout, 1, true)
    assert.matches("\nlo\nnetlua%-box\n$", r.stdout)
  end)

  it("passes arguments without a shell, and one string with it", function()
    assert.equal("$HOME; x\n", ns:run({ "echo", "$HOME; x" }).stdout)
    assert.equal("7\n", ns:run("echo $((3+4))", { shell = true }).stdout)
    assert.error_matches(function() ns:run "ls" end, "run: argv: expected a list", 1, true)
  end)

  it("feeds standard input, also more than a pipe holds", function()
    local text = ("x"):rep(300000)
    assert.equal(text, ns:run({ "cat" }, { stdin = text }).stdout)
    assert.equal(0, ns:run({ "true" }, { stdin = text }).code) -- nobody reads: not an error
  end)

  it("takes environment, working directory and user", function()
    local r = ns:run({ "sh", "-c", "echo $A$HOME; pwd; id -u" }, { env = { A = "b", HOME = false }, cwd = "/usr" })
    assert.equal("b\n/usr\n0\n", r.stdout)
    assert.error_matches(function() ns:run({ "true" }, { user = "nobody-of-that-name" }) end,
      "user: there is no user 'nobody-of-that-name'", 1, true)
    assert.error_matches(function() ns:run({ "true" }, { cwd = "/nowhere" }) end, "true: cwd /nowhere: No such file", 1, true)
  end)

  it("raises for a program that is not there, or may not be run", function()
    local ok, err = pcall(ns.run, ns, { "no-such-program" })
    assert.is_false(ok)
    assert.equal("ENOENT", err.code)
    assert.matches("web: spawn no-such-program: No such file or directory", tostring(err), 1, true)
    ok, err = pcall(ns.run, ns, { "/etc/passwd" })
    assert.is_false(ok)
    assert.equal("EACCES", err.code)
  end)

  it("calls a missing program missing even when PATH has a directory that may not be searched", function()
    local dir = os.tmpname()
    os.remove(dir)
    ns:run({ "mkdir", "-m", "000", dir })
    local ok, err = pcall(ns.run, ns, { "no-such-program" }, { env = { PATH = dir } })
    ns:run({ "rmdir", dir })
    assert.is_false(ok)
    assert.equal("ENOENT", err.code)
  end)

  it("kills it when its time is over", function()
    local started = core.now()
    local ok, err = pcall(ns.run, ns, { "sh", "-c", "echo begun; sleep 60" }, { timeout = 0.3 * support.slow })
    assert.is_false(ok)
    assert.equal("ETIMEDOUT", err.code)
    assert.equal("begun\n", err.stdout)
    assert.is_true(core.now() - started < 30)
  end)

  it("refuses unknown options and wrong types by name", function()
    assert.error_matches(function() ns:run({ "true" }, { cdw = "/" }) end, "run: options: unknown key 'cdw'", 1, true)
    assert.error_matches(function() ns:run({ "true", {} }) end, "argv: entry 2 is a table", 1, true)
    assert.error_matches(function() ns:run({}) end, "argv: expected a list", 1, true)
  end)

  it("streams lines with the node's name", function()
    local lines = {}
    ns:run({ "sh", "-c", "echo one; printf two" }, { stream = function(line, which) lines[#lines + 1] = which .. ":" .. line end })
    assert.same({ "stdout:one", "stdout:two" }, lines)
  end)
end)

describe("spawn", function()
  local ns
  before_each(function() ns = netlua.netns.add "web" end)
  after_each(function() ns:close() end)

  it("waits for a port, and says why nobody listens", function()
    local server = ns:spawn({ "python3", "-m", "http.server", "8080", "--bind", "127.0.0.1" })
    server:wait_port(8080, { timeout = 20 })
    assert.is_true(server:running())
    local dead = ns:spawn { "sh", "-c", "echo no config >&2; exit 2" }
    local ok, err = pcall(dead.wait_port, dead, 99)
    assert.is_false(ok)
    assert.equal("ECONNREFUSED", err.code)
    assert.matches("ended with status 2: no config", tostring(err), 1, true)
    ok, err = pcall(server.wait_port, server, 99, { timeout = 0.05 })
    assert.is_false(ok)
    assert.equal("ETIMEDOUT", err.code)
  end)

  it("finds the output it waits for behind much other output", function()
    local p <close> = ns:spawn({ "sh", "-c", [[read x; printf 'first\nre'; read x
      i=0; while [ $i -lt 2000 ]; do printf '%010000d\n' $i; i=$((i + 1)); done
      echo ready 7; echo done; read x]] }, { stdin = true })
    p:write "\n"
    p:wait_output "first\nre"
    p:write "\n"
    -- What it had written before is looked at with what comes.
    assert.equal("0000000000", p:wait_output "^first\nre(0000000000)")
    assert.equal("7", p:wait_output("ready (%d)\ndone", { timeout = 20 * support.slow }))
    assert.equal(7, p:wait_output "fir()" + 3)
    assert.is_false(pcall(p.wait_output, p, "^ready", { timeout = 0.1 }))
    assert.is_nil(rawget(p, "news"))
  end)

  it("waits for output, and tells what was written instead", function()
    local p = ns:spawn { "sh", "-c", "echo ready on 17; exec sleep 60" }
    assert.equal("17", p:wait_output "ready on (%d+)")
    local ok, err = pcall(p.wait_output, p, "never", { timeout = 0.05 })
    assert.is_false(ok)
    assert.matches("no output like 'never' after 0.05 s; it wrote 'ready on 17'", tostring(err), 1, true)
    assert.equal("ETIMEDOUT", err.code)
    local short = ns:spawn { "sh", "-c", "echo no luck >&2\nexit 3" }
    ok, err = pcall(short.wait_output, short, "ready", { timeout = 10 })
    assert.is_false(ok)
    assert.matches("wait_output sh -c echo no luck >&2 …: no output like 'ready' before it ended with status 3: no luck (EPIPE)",
      tostring(err), 1, true)
  end)

  it("is written to, signalled and waited for", function()
    local p = ns:spawn({ "cat" }, { stdin = true })
    p:write "hello\n"
    p:wait_output "hello"
    p:close_stdin()
    assert.equal(0, p:wait().code)
    local s = ns:spawn { "sleep", "60" }
    s:kill "INT"
    assert.equal("INT", s:wait().signal)
    assert.error_matches(function() s:kill "NONE" end, "there is no signal 'NONE'", 1, true)
  end)

  it("ends with its namespace, grandchildren and daemons included", function()
    local p = ns:spawn { "sh", "-c", "setsid sh -c 'sleep 3600 & sleep 3600' >/dev/null 2>&1 & echo up; sleep 3600" }
    p:wait_output "up"
    local box = "/proc/" .. rawget(ns, "box"):pid() .. "/stat"
    ns:close()
    assert.is_nil(io.open(box)) -- the tree's init is gone, and with it the tree (pid_namespaces(7))
    assert.is_false(p:running())
    assert.equal("KILL", p.signal)
  end)

  it("lets a daemon go on after its starter has ended", function()
    ns:run { "sh", "-c", "setsid sh -c 'echo $$ >/proc/self/comm; sleep 3600' >/dev/null 2>&1 &" }
    assert.matches("sleep 3600", ns:run({ "ps", "ax", "-o", "args" }).stdout, 1, true)
  end)
end)
