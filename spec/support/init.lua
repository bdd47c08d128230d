--- What specs share: namespaces of their own, oracles, and tests that need something of the machine.
--
--   local support = require "spec.support"
--   local ns = support.netns "r1"                      -- closed after the test
--   support.ip(ns, "addr show dev lo")                  -- what `ip -j` says in there, as tables
--
-- Leaks are looked for around each test by helper.lua: descriptors, children, files, names, mounts.
local lfs = require "lfs"

local M = {}

-- Where this tree is: absolute, so that a spec may run in any directory.
local here = debug.getinfo(1, "S").source:match "^@(.*)spec/support/init%.lua$"
if here == "" then here = "./" end
M.root = here:sub(1, 1) == "/" and here or lfs.currentdir() .. "/" .. here
M.data = M.root .. "spec/data/"

--- How much slower than usual this machine is: deadlines of tests are multiplied by it.
M.slow = tonumber(os.getenv "NETLUA_SLOW") or 1

--- True inside the sanitizers' build, which is slower and leaves nothing to a failing allocator.
M.sanitized = os.getenv "NETLUA_SANITIZED" == "1"

-- --- what a test needs ----------------------------------------------------------------------------------

--- Skips the running test with a reason; a failure where everything has to run (CI) and the reason is not listed in
--- spec/skips.txt.
function M.skip(reason)
  M.test_env.pending(reason)
end

--- Skips unless the condition holds; passes it on.
function M.need(condition, reason)
  if not condition then M.skip(reason) end
  return condition
end

--- Like `it`, for a test that needs namespaces, which some containers refuse.
function M.root_it(name, test)
  require("busted").it(name, function()
    local ok, err = require("netlua.core").rights_enter()
    M.need(ok, err and tostring(err) or "")
    test()
  end)
end

--- Skips when this kernel has no such kind of link; returns true.
---@param kind string "vlan"
function M.need_kind(kind)
  local probe <close> = require("netlua").netns.add "probe"
  local ok, err = probe.core:link_add("probe0", { type = kind })
  return M.need(ok or err.code ~= "EOPNOTSUPP", "this kernel has no links of type " .. kind)
end

--- Whether a program is there.
function M.has(program)
  for directory in (os.getenv "PATH" or "/usr/sbin:/usr/bin:/sbin:/bin"):gmatch "[^:]+" do
    if lfs.attributes(directory .. "/" .. program, "mode") == "file" then return true end
  end
  return false
end

--- The running test may leave descriptors and children; say in the test why.
function M.allow_leaks()
  M.leaks_allowed = true
end

-- --- programs --------------------------------------------------------------------------------------------

function M.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

---@class spec.Run
---@field code integer exit status, or 128 + the signal's number
---@field out string what it printed, both streams
---@param command string for /bin/sh
---@return spec.Run
function M.sh(command)
  local pipe = assert(io.popen(("{ %s\n} 2>&1 </dev/null"):format(command)))
  local out = pipe:read "a"
  local _, how, code = pipe:close()
  return { out = out, code = how == "signal" and 128 + code or code }
end

--- The `netlua` program this runs in, or the one of the debug build under stock Lua.
function M.program()
  local exe = lfs.symlinkattributes("/proc/self/exe", "target")
  if exe and exe:match "/netlua$" then return exe end
  return M.root .. "build/debug/bin/netlua"
end

--- Runs the program with arguments, and reports like sh.
---@param ... string arguments, quoted here
function M.netlua(...)
  local words = { M.quote(M.program()) }
  for _, word in ipairs { ... } do words[#words + 1] = M.quote(word) end
  return M.sh(table.concat(words, " "))
end

-- --- namespaces and oracles ------------------------------------------------------------------------------

local to_close = {}

--- The thing is closed after the running test, even when the test fails. Returns it.
function M.closing(thing)
  to_close[#to_close + 1] = thing
  return thing
end

--- For helper.lua.
function M.close_all()
  while #to_close > 0 do table.remove(to_close):close() end
end

--- A new namespace, closed after the running test.
function M.netns(name)
  return M.closing(require("netlua").netns.add(name or "test"))
end

--- A namespace with links eth0 and eth1, up, whose other ends are in a second one; both are closed after the test.
---@param addresses? table<string, string[]> by link
---@return table ns
---@return table other
function M.host(addresses)
  local ns, other = M.netns "a", M.netns "b"
  for _, name in ipairs { "eth0", "eth1" } do
    ns.link:add(name, { type = "veth", peer = { name = name, netns = other } })
    ns.link:set(name, { up = true, addrgenmode = "none" })
    other.link:set(name, { up = true, addrgenmode = "none" })
    for _, address in ipairs(addresses and addresses[name] or {}) do
      ns.addr:add(address, name, { nodad = address:find ":" and true })
    end
  end
  return ns, other
end

--- Two namespaces with a link between them, a0 (192.0.2.1/24) and b0 (192.0.2.2/24), up; closed after the test.
---@return table a
---@return table b
function M.pair()
  local a, b = M.netns "a", M.netns "b"
  a.link:add("a0", { type = "veth", peer = { name = "b0", netns = b }, up = true })
  b.link:set("b0", { up = true })
  a.addr:add("192.0.2.1/24", "a0")
  b.addr:add("192.0.2.2/24", "b0")
  return a, b
end

-- The descriptor by which a child finds the namespace: children of this process are in its user namespace, so they may
-- enter without being root.
local function fd_of(ns) return ns.core:fd() end

--- Runs a shell command inside the namespace, as an oracle.
---@return spec.Run
function M.inside(ns, command)
  -- $PPID of the shell is this process.
  return M.sh(("nsenter --net=/proc/$PPID/fd/%d sh -c %s"):format(fd_of(ns), M.quote(command)))
end

--- What `ip -j -d ARGUMENTS` says in the namespace, decoded; raises with ip's words when it fails.
function M.ip(ns, arguments)
  local run = M.inside(ns, "ip -j -d " .. arguments)
  if run.code ~= 0 then error("ip " .. arguments .. ": " .. run.out, 2) end
  if run.out:match "^%s*$" then return {} end
  return require("cjson").decode(run.out)
end

-- Is this process root only in a user namespace of its own, as an ordinary user's is?
local function mapped()
  local file = assert(io.open "/proc/self/uid_map")
  local map = file:read "a"
  file:close()
  return not map:find "^%s*0%s+0%s+4294967295"
end

--- How to call tcpdump on a file. Root of a user namespace cannot become tcpdump's own user, and tcpdump insists as long as
--- it is root: there it is run as nobody in particular.
M.tcpdump = mapped() and "unshare --user tcpdump" or "tcpdump -Z root"

--- Runs a program inside a namespace or node through the library, as another oracle.
---@param ns table
---@param argv string[]
---@return string stdout
---@return string stderr
---@return integer? code
function M.run_in(ns, argv)
  local result = ns:run(argv)
  return result.stdout, result.stderr, result.code
end

--- `ip -json …` in a namespace, decoded.
---@param ns table
---@param ... string arguments
function M.ip_json(ns, ...)
  local out, err, code = M.run_in(ns, { "ip", "-json", ... })
  assert(code == 0, err)
  return require("cjson").decode(out == "" and "[]" or out)
end

-- --- what is left behind ---------------------------------------------------------------------------------

local leaks = require "spec.support.leaks"

--- What this process holds: for specs that look between the steps of one test.
M.snapshot = leaks.snapshot

--- What is there now and was not: text, or nil. Waits a little for what ends by itself.
M.leaks_since = leaks.left_since

-- --- assertions ------------------------------------------------------------------------------------------

--- Calls f, which must raise netlua's error object; returns the object.
function M.raises(f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("no error was raised", 2) end
  if not require("netlua.core").is_error(err) then
    error("not an error object of netlua: " .. tostring(err), 2)
  end
  return err
end

return M
