--- Programs in nodes: `node:run { "curl", … }` waits, `node:spawn { "dnsmasq", … }` goes on beside the script.
-- A program sees its node: the network, a hostname, /etc/hosts with every node's name, a process tree of its
-- own. It ends with its node, grandchildren included, whatever ends the node.
local core = require "netlua.core"
local check = core.check

local M = {}

local options = require "netlua.options"

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

-- --- the box of a namespace ---------------------------------------------------------------------------------

-- RFC 1123 host names: what people call a node may hold anything.
local function hostname_of(name)
  local host = name:gsub("[^%w-]+", "-"):gsub("^%-+", ""):gsub("%-+$", ""):sub(1, 63)
  return host ~= "" and host or "node"
end

--- The text of /etc/hosts in a node: itself, and every node of its lab by each of its addresses.
---@param ns netlua.Netns|netlua.Node
function M.hosts_text(ns)
  local lines = { "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback" }
  local lab = rawget(ns, "lab")
  for _, node in ipairs(lab and lab.nodes or {}) do
    for _, family in ipairs { "inet", "inet6" } do
      local first = node:address(family, ns)
      if first then
        local name = node.name:find("[%s#]") and hostname_of(node.name) or node.name
        lines[#lines + 1] = first .. "\t" .. name
      end
    end
  end
  if not lab then lines[#lines + 1] = "127.0.1.1\t" .. hostname_of(ns.name) end
  return table.concat(lines, "\n") .. "\n"
end

local function resolv_text()
  return "# netlua: no name server in this node; names of the lab's nodes are in /etc/hosts\n"
end

-- The box is made with the first program: a node that runs none costs nothing more.
local function box_of(ns)
  local box = rawget(ns, "box")
  if not box then
    box = check(core.box_start(ns.core, {
      hostname = hostname_of(ns.name), hosts = rawget(ns, "hosts") or M.hosts_text(ns), resolv = resolv_text(),
    }))
    rawset(ns, "box", box)
  end
  return box
end

--- Ends every program in a node. Called when the node is closed.
function M.close(ns)
  local box = rawget(ns, "box")
  if box then
    rawset(ns, "box", nil)
    box:close()
  end
end

--- Tells the programs of a node about nodes that came or went.
function M.refresh_hosts(ns)
  local box = rawget(ns, "box")
  if box then box:write("hosts", M.hosts_text(ns)) end
end

-- --- arguments --------------------------------------------------------------------------------------------------

---@class netlua.Proc.Opts
---@field stdin? string what the program reads; default: nothing. "inherit" is said with tty = true
---@field env? table<string, string|false> added to this process's environment; false takes one out
---@field cwd? string
---@field user? string|integer user name or id to run as
---@field timeout? number seconds (run): then the program is killed and ETIMEDOUT raised
---@field shell? boolean the command is one string for sh -c
---@field stream? boolean|fun(line: string, which: string) print each line of output with the node's name
---@field tty? boolean it has this process's terminal: for shells

local known = { stdin = true, env = true, cwd = true, user = true, timeout = true, shell = true,
  stream = true, tty = true }

local function argv_of(op, argv, opts)
  if opts.shell then
    if type(argv) ~= "string" then misuse(op, "command", "with shell = true expected a string, got %s", type(argv)) end
    return { "sh", "-c", argv }
  end
  if type(argv) ~= "table" or #argv == 0 then
    misuse(op, "argv", "expected a list { program, argument, … }, got %s%s", type(argv),
      type(argv) == "string" and " (a command line for the shell needs { shell = true })" or "")
  end
  local list = {}
  for i, value in ipairs(argv) do
    if type(value) ~= "string" and type(value) ~= "number" then
      misuse(op, "argv", "entry %d is a %s, not a string", i, type(value))
    end
    list[i] = tostring(value)
  end
  return list
end

local function environment(op, changes)
  if changes == nil then return nil end
  local list, seen = {}, {}
  for name, value in pairs(changes) do
    if type(name) ~= "string" or name == "" or name:find("[=%z]") then
      misuse(op, "env", "'%s' is no name of a variable", tostring(name))
    end
    seen[name] = true
    if value then list[#list + 1] = name .. "=" .. tostring(value) end
  end
  for _, pair in ipairs(core.environment()) do
    if not seen[pair:match("^[^=]*")] then list[#list + 1] = pair end
  end
  return list
end

-- The ids of a user by name, from /etc/passwd: the names of a network directory mean nothing in a node.
local function user_ids(op, user)
  if user == nil then return nil end
  if math.type(user) == "integer" then return user, user end
  for line in io.lines("/etc/passwd") do
    local name, uid, gid = line:match("^([^:]*):[^:]*:(%d+):(%d+):")
    if name == user then return math.tointeger(tonumber(uid)), math.tointeger(tonumber(gid)) end
  end
  misuse(op, "user", "there is no user '%s'", tostring(user))
end

-- --- a running program ------------------------------------------------------------------------------------------

-- signal(7), as they are numbered on all but MIPS, SPARC and PA-RISC.
local signals = { HUP = 1, INT = 2, QUIT = 3, ILL = 4, TRAP = 5, ABRT = 6, BUS = 7, FPE = 8, KILL = 9, USR1 = 10, SEGV = 11,
  USR2 = 12, PIPE = 13, ALRM = 14, TERM = 15, CHLD = 17, CONT = 18, STOP = 19, TSTP = 20, XCPU = 24, XFSZ = 25, SYS = 31 }
local signal_names = {}
for name, number in pairs(signals) do signal_names[number] = name end

---@class netlua.Proc
---@field pid integer in this process's view
---@field ns netlua.Netns
---@field argv string[]
---@field stdout string what it has written so far
---@field stderr string
---@field code? integer its exit status, once it has ended by itself
---@field signal? string "TERM", …: what ended it
local Proc = {}
Proc.__name = "netlua.Proc"

function Proc.__index(proc, key)
  if key == "stdout" or key == "stderr" then
    local parts = rawget(proc, "parts")[key]
    local text = table.concat(parts)
    rawget(proc, "parts")[key] = { text }
    return text
  end
  return Proc[key]
end

local function print_line(proc, which, line)
  local to = proc.stream
  if type(to) == "function" then return to(line, which) end
  local out = which == "stderr" and io.stderr or io.stdout
  out:write(proc.ns.name, ": ", line, "\n")
end

-- Prints the whole lines that a new piece of output has completed.
local function stream(proc, which, text, at_end)
  local rest = proc.rest[which] .. text
  for line in rest:gmatch("([^\n]*)\n") do print_line(proc, which, line) end
  rest = rest:match("[^\n]*$")
  if at_end and rest ~= "" then
    print_line(proc, which, rest)
    rest = ""
  end
  proc.rest[which] = rest
end

-- Takes what is there to take; returns whether the program has ended and all its output is here.
local function step(proc)
  if proc.finished then return true end
  local handle = proc.handle
  if proc.input then
    local n = handle:write(proc.input, proc.input_at)
    -- Nobody reads any more (EPIPE): the program's choice, not an error of the script's.
    proc.input_at = n and proc.input_at + n or #proc.input + 1
    if proc.input_at > #proc.input then
      proc.input = nil
      handle:close_stdin()
    end
  end
  -- Asked before reading: what a program wrote before its end is in the pipes once it has ended.
  local how, number = handle:status()
  for _, which in ipairs { "stdout", "stderr" } do
    local parts = proc.parts[which]
    local text = handle:read(which)
    while text and text ~= "" do
      parts[#parts + 1] = text
      if proc.news then table.insert(proc.news[which], text) end
      if proc.stream then stream(proc, which, text) end
      text = handle:read(which)
    end
  end
  if not how then return false end
  if how == "exit" then proc.code = number else proc.signal = signal_names[number] or tostring(number) end
  proc.finished = true
  if proc.stream then
    stream(proc, "stdout", "", true)
    stream(proc, "stderr", "", true)
  end
  handle:close()
  return true
end

-- Lets the program go on until condition() holds; false when the time is over first.
local function await(proc, condition, deadline, at_most)
  local poll = require("netlua.step").wait
  while true do
    local ended = step(proc)
    if condition(ended) then return true end
    if ended then return false end
    local left = deadline and deadline - core.now()
    if left and left <= 0 then return false end
    if at_most and (not left or at_most < left) then left = at_most end
    poll(proc.handle, left)
  end
end

-- A program may write much before what is waited for: each new piece is looked at with this much before it, and
-- all there is only when it has doubled.
local WINDOW = 65536

-- Waits until the pattern is in the output. look() searches all of it.
local function await_news(proc, from, pattern, look, deadline)
  local windows, total = {}, 0
  for _, which in ipairs { "stdout", "stderr" } do
    local text = proc[which]
    windows[which], total = text:sub(-WINDOW), total + #text
  end
  local next_look = 2 * math.max(total, WINDOW)
  -- At the window's edge it is not what "^" means.
  local anchored = pattern:sub(1, 1) == "^"
  local _ <close> = setmetatable({}, { __close = function() proc.news = nil end })
  proc.news = { stdout = {}, stderr = {} }
  local function in_news()
    for which, window in pairs(windows) do
      local new = table.concat(proc.news[which])
      if new ~= "" and (not from or from == which) then
        proc.news[which] = {}
        window = window .. new
        total = total + #new
        if (not anchored or total < WINDOW) and window:find(pattern) and look() then return true end
        windows[which] = window:sub(-WINDOW)
      end
    end
    if total < next_look then return false end
    next_look = 2 * total
    return look()
  end
  return await(proc, in_news, deadline) or look()
end

-- The command, for a message: a program given as text (sh -c, python3 -c) is shown by its beginning.
local function command_text(proc)
  local text = table.concat(proc.argv, " ")
  local line = text:match "^[^\n]*"
  if #line > 100 then line = line:sub(1, (utf8.offset(line, 0, 100) or 100) - 1) end
  return #line < #text and line .. " …" or text
end

local function tail(text)
  text = text:gsub("%s+$", "")
  if #text > 400 then text = "…" .. text:sub(-400) end
  return text
end

local function how_it_ended(proc)
  if not proc.finished then return "is still running" end
  local said = tail(proc.stderr ~= "" and proc.stderr or proc.stdout)
  return (proc.signal and "was ended by SIG" .. proc.signal or "ended with status " .. proc.code)
    .. (said ~= "" and ": " .. said or "")
end

--- How a program ended, as a shell tells it: its exit status, or 128 and the signal.
---@param proc netlua.Proc
---@return integer
function M.exit_status(proc)
  return proc.code or 128 + (signals[proc.signal] or math.tointeger(tonumber(proc.signal)))
end

-- Raises that what was waited for did not come. A program that has ended will not bring it any more: no time ran out then.
local function never_came(proc, op, what)
  local errno, code = 110, "ETIMEDOUT"
  if proc.finished then errno, code = 32, "EPIPE" end
  core.raise(core.error_new {
    op = op, node = proc.ns.name, subject = command_text(proc), errno = errno, code = code,
    message = what, stdout = proc.stdout, stderr = proc.stderr,
  })
end

--- Waits for its end.
---@param opts? { timeout?: number } seconds; running out raises ETIMEDOUT and leaves the program running
---@return netlua.Proc self with code or signal, stdout and stderr
function Proc:wait(opts)
  opts = options.only("wait", opts, { timeout = true })
  local deadline = opts.timeout and core.now() + opts.timeout
  if not await(self, function(ended) return ended end, deadline) then
    never_came(self, "wait", ("still running after %g s"):format(opts.timeout))
  end
  return self
end

--- Waits until the program's node has a socket in LISTEN (TCP) or bound (UDP) on a port.
---@param port integer
---@param opts? { timeout?: number, proto?: "tcp"|"udp" } default 10 seconds, tcp
---@return netlua.Proc self
function Proc:wait_port(port, opts)
  opts = options.only("wait_port", opts, { timeout = true, proto = true })
  local proto, timeout = opts.proto or "tcp", opts.timeout or 10
  local function listening() return check(self.ns.core:port_open(proto, port)) end
  -- The kernel tells nobody when a socket begins to listen; looking costs 20 us.
  if not await(self, listening, core.now() + timeout, 0.002) then
    if self.finished then
      core.raise(core.error_new {
        op = "wait_port", node = self.ns.name, subject = ("%s %d"):format(proto, port), errno = 111,
        code = "ECONNREFUSED", message = command_text(self) .. " " .. how_it_ended(self),
      })
    end
    never_came(self, "wait_port", ("nothing listens on %s port %d after %g s"):format(proto, port, timeout))
  end
  return self
end

--- Waits for a line of output.
---@param pattern string a Lua pattern, searched in all it has written so far
---@param opts? { timeout?: number, from?: "stdout"|"stderr" } default 10 seconds, both
---@return string ... the pattern's captures; ETIMEDOUT is raised when time runs out, EPIPE when the program ends before
function Proc:wait_output(pattern, opts)
  opts = options.only("wait_output", opts, { timeout = true, from = true })
  local timeout = opts.timeout or 10
  local found
  local function look()
    for _, which in ipairs { "stdout", "stderr" } do
      if not found and (not opts.from or opts.from == which) then
        local m = table.pack(self[which]:match(pattern))
        if m[1] then found = m end
      end
    end
    return found ~= nil
  end
  local came = look() or await_news(self, opts.from, pattern, look, core.now() + timeout)
  if not came then
    local seen = tail(self.stdout .. self.stderr)
    local wrote = "; it wrote " .. (seen == "" and "nothing" or "'" .. seen .. "'")
    never_came(self, "wait_output", ("no output like '%s' "):format(pattern)
      .. (self.finished and "before it " .. how_it_ended(self) or ("after %g s"):format(timeout) .. wrote))
  end
  return table.unpack(found, 1, found.n)
end

--- Writes to its standard input (spawned with stdin = true).
---@param text string
function Proc:write(text)
  if not self.open_input then misuse("write", "stdin", "the program was not started with stdin = true") end
  local at = 1
  local poll = require("netlua.step").wait
  while at <= #text do
    local n = check(self.handle:write(text, at))
    at = at + n
    if at <= #text then
      step(self)
      poll(self.handle)
    end
  end
end

--- Ends its standard input.
function Proc:close_stdin()
  if not self.finished then self.handle:close_stdin() end
end

--- Sends a signal.
---@param signal? string|integer "TERM" (default), "KILL", …
function Proc:kill(signal)
  local number = signal == nil and signals.TERM or signals[signal] or math.tointeger(signal)
  if not number then misuse("kill", "signal", "there is no signal '%s'", tostring(signal)) end
  if not step(self) then check(self.handle:kill(number)) end
end

--- Is it running?
---@return boolean
function Proc:running() return not step(self) end

--- Kills it. Idempotent.
function Proc:close()
  self.finished = self.finished or false
  self.handle:close()
  self.finished = true
end
Proc.__close = Proc.close

function Proc:__tostring()
  return ("%s: %s (pid %d) %s"):format(self.ns.name, command_text(self), self.pid,
    self.finished and how_it_ended(self) or "is running")
end

require("netlua.colon").class("proc", Proc)

local function start(op, ns, argv, opts)
  opts = options.only(op, opts, known)
  argv = argv_of(op, argv, opts)
  local uid, gid = user_ids(op, opts.user)
  local output = opts.tty and "inherit" or "pipe"
  local handle = check(box_of(ns):spawn(ns.core, {
    argv = argv, env = environment(op, opts.env), cwd = opts.cwd, uid = uid, gid = gid,
    stdin = opts.tty and "inherit" or opts.stdin and "pipe" or "null", stdout = output, stderr = output,
    session = not opts.tty,
  }))
  return setmetatable({
    ns = ns, argv = argv, handle = handle, pid = handle:pid(), stream = opts.stream, finished = false,
    parts = { stdout = {}, stderr = {} }, rest = { stdout = "", stderr = "" },
    input = type(opts.stdin) == "string" and opts.stdin or nil, input_at = 1,
    open_input = opts.stdin == true,
  }, Proc)
end

--- Starts a program in the node and goes on.
---@param ns netlua.Netns
---@param argv string[]|string a list, no shell; a string with { shell = true }
---@param opts? netlua.Proc.Opts stdin = true keeps its input open for proc:write
---@return netlua.Proc
function M.spawn(ns, argv, opts)
  local proc = start("spawn", ns, argv, opts)
  step(proc)
  return proc
end

--- Runs a program in the node and waits for its end. How it ends is a value, not an error; a program that
--- cannot be started is one.
---@param ns netlua.Netns
---@param argv string[]|string
---@param opts? netlua.Proc.Opts
---@return netlua.Proc result code or signal, stdout, stderr
function M.run(ns, argv, opts)
  local proc <close> = start("run", ns, argv, opts)
  local timeout = opts and opts.timeout
  if not await(proc, function(ended) return ended end, timeout and core.now() + timeout) then
    never_came(proc, "run", ("killed after %g s"):format(timeout))
  end
  return proc
end

M.Proc = Proc

return M
