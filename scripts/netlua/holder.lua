--- Labs that outlive their script: what `netlua up`, `ls`, `exec`, `shell` and `down` share.
-- A holder is a process that keeps the descriptors of a script's namespaces. Each lab has a file that says which
-- process holds it and where its nodes are; a file whose process has gone is stale and is removed by who meets it.
local core = require "netlua.core"
local check = core.check

local M = {}

---@class netlua.Held
---@field lab string
---@field pid integer the holder
---@field started integer its start in the kernel's ticks: with the pid it names the process for good
---@field since integer Unix time
---@field script string
---@field nodes { name: string, kind: string, fd: integer, hosts: string, published: boolean }[]
---@field path string the file

local function fail(op, code, errno, message, ...)
  core.raise(core.error_new { op = op, code = code, errno = errno, message = message:format(...) })
end

-- --- the files ----------------------------------------------------------------------------------------------------

-- Where the files are: for their owner's eyes only.
local function directory()
  local user = core.holder_user()
  local runtime = os.getenv "XDG_RUNTIME_DIR"
  if runtime and runtime:sub(1, 1) == "/" and core.holder_directory(runtime .. "/netlua") then
    return runtime .. "/netlua"
  end
  if user == 0 and core.holder_directory "/run/netlua" then return "/run/netlua" end
  local path = "/tmp/netlua-" .. user
  check(core.holder_directory(path))
  return path
end

-- Any name of a lab as a file's name.
local function file_name(lab)
  return (lab:gsub("[^%w_%-]", function(c) return ("%%%02X"):format(c:byte()) end)) .. ".json"
end

local function is_alive(held)
  return core.holder_started(held.pid) == held.started
end

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read "a"
  file:close()
  local ok, held = pcall(require("cjson").decode, text)
  if not ok or type(held) ~= "table" or math.type(held.pid) == nil then return nil end
  held.pid, held.started = math.tointeger(held.pid), math.tointeger(held.started)
  for _, node in ipairs(held.nodes) do node.fd = math.tointeger(node.fd) end
  held.path = path
  return held
end

--- The labs that are up, by name. Stale files are removed.
---@return netlua.Held[]
function M.list()
  local dir = directory()
  local labs = {}
  for _, name in ipairs(core.holder_files(dir)) do
    local path = dir .. "/" .. name
    local held = name:find "%.json$" and read(path)
    if held and is_alive(held) then
      labs[#labs + 1] = held
    else
      os.remove(path)
    end
  end
  table.sort(labs, function(a, b) return a.lab < b.lab end)
  if #labs == 0 then os.remove(dir) end -- only an empty one goes
  return labs
end

--- The lab of that name; raises ENOENT with the names of those that are up.
---@param op string the command, for the message
---@param lab string
---@return netlua.Held
function M.find(op, lab)
  local held = read(directory() .. "/" .. file_name(lab))
  if held and is_alive(held) then return held end
  local names = {}
  for _, other in ipairs(M.list()) do names[#names + 1] = other.lab end
  fail(op, "ENOENT", 2, "no lab '%s' is up (%s)", lab, #names > 0 and table.concat(names, ", ") or "none is")
end

-- --- holding ------------------------------------------------------------------------------------------------------

-- From here on the ends of blocks close no network, and whatever a script makes stays known, as its locals end
-- with it.
local function keep_what_is_made()
  local kept = { labs = {}, namespaces = {}, programs = {} }
  local function record(module, name, list)
    local make = module[name]
    module[name] = function(...)
      local made = make(...)
      list[#list + 1] = made
      return made
    end
  end
  local lab, netns = require "netlua.lab", require "netlua.netns"
  record(lab, "lab", kept.labs)
  record(netns, "add", kept.namespaces)
  record(require "netlua.proc", "spawn", kept.programs)
  lab.Lab.__close = function() end
  netns.metatable.__close = function() end
  return kept
end

-- Runs the script as the host would. os.exit in it ends the script, not the holder.
local function run_script(path, args)
  local chunk, message = loadfile(path, "t")
  if not chunk then error(message, 0) end
  _G.arg = { [0] = path, table.unpack(args) }
  local left = {}
  os.exit = function(status) -- luacheck: ignore 122
    left.status = status == nil or status
    error(left, 0)
  end
  local ok, result = xpcall(chunk, function(err)
    if err == left then return err end
    return core.is_error(err) and tostring(err) or debug.traceback(tostring(err), 2)
  end, table.unpack(args))
  if not ok and result == left then ok, result = true, left.status end
  if not ok then error(result, 0) end
  if result == false then result = 1 end
  if math.type(result) == "integer" and result ~= 0 then
    error(("%s ended with status %d: nothing is held"):format(path, result), 0)
  end
end

-- What a node is to somebody outside.
local function describe(node, kind)
  return {
    name = node.name, kind = kind, fd = node.core:fd(), hosts = require("netlua.proc").hosts_text(node),
    published = node.core:published(),
  }
end

-- The labs of a script: its own, and one of the script's name for namespaces outside of any lab.
local function labs_of(kept, script)
  local labs = {}
  for _, lab in ipairs(kept.labs) do
    if lab.built and not lab.closed then
      local nodes = {}
      for _, node in ipairs(lab.nodes) do
        if rawget(node, "core") then nodes[#nodes + 1] = describe(node, node.kind) end
      end
      labs[#labs + 1] = { lab = lab.name, nodes = nodes }
    end
  end
  local bare = {}
  for _, ns in ipairs(kept.namespaces) do
    if not ns:closed() then bare[#bare + 1] = describe(ns, "netns") end
  end
  if #bare > 0 then
    labs[#labs + 1] = { lab = script:match "([^/]+)$":gsub("%.lua$", ""), nodes = bare }
  end
  if #labs == 0 then error(("%s leaves no network to hold"):format(script), 0) end
  return labs
end

local function write(held)
  local path = directory() .. "/" .. file_name(held.lab)
  local other = read(path)
  if other and is_alive(other) then
    error(("lab '%s' is up already, from %s: netlua down %s"):format(held.lab, other.script, held.lab), 0)
  end
  local file = assert(io.open(path .. ".new", "w"))
  assert(file:write(require("cjson").encode(held)))
  assert(file:close())
  assert(os.rename(path .. ".new", path))
  return path
end

-- Programs go on: somebody has to take what they write.
local function drain(proc)
  local task = require "netlua.task"
  while proc:running() do
    proc.parts.stdout, proc.parts.stderr = {}, {}
    task.poll(proc.handle)
  end
end

-- The holder's life: the script, the files, the report, and then nothing but what goes on by itself.
local function hold(script, args, pipe)
  check(core.rights_enter())
  local kept = keep_what_is_made()
  run_script(script, args)
  local labs = labs_of(kept, script)
  local started = check(core.holder_started(core.getpid()))
  local paths = {}
  local ok, err = pcall(function()
    for _, lab in ipairs(labs) do
      lab.pid, lab.started, lab.since, lab.script = core.getpid(), started, os.time(), script
      paths[#paths + 1] = write(lab)
    end
    for _, lab in ipairs(labs) do pipe:write(lab.lab, "\n") end
    check(core.holder_detach())
    assert(pipe:close())
  end)
  if not ok then
    for _, path in ipairs(paths) do os.remove(path) end
    error(err, 0)
  end
  local task = require "netlua.task"
  for _, proc in ipairs(kept.programs) do task.spawn(drain, proc) end
  while true do task.sleep(3600) end
end

--- Runs a script in a holder. Gives the names of the labs that are up once the script has ended well; nil and the
--- exit status when it has not (it has said why).
---@param script string path
---@param args string[]
---@return string[]? labs
---@return integer? status
function M.up(script, args)
  local pid, pipe = core.holder_fork()
  if pid == nil then core.raise(pipe) end
  if not pid then
    local _, err = pcall(hold, script, args, pipe)
    local text = tostring(err)
    io.stdout:flush()
    io.stderr:write("netlua: ", text, "\n")
    return nil, text:find "^interrupted!" and 130 or 1
  end
  local names = {}
  -- Ctrl-C is for the script: its end is heard here.
  require("netlua.host").deaf(function()
    for name in pipe:lines() do names[#names + 1] = name end
  end)
  if #names > 0 then return names end
  return nil, check(core.holder_wait(pid))
end

-- --- going in -----------------------------------------------------------------------------------------------------

--- Takes this process into the user namespace of a lab's holder and opens its nodes.
---@param op string
---@param lab string
---@return table<string, netlua.Netns> nodes by name; programs run in them know the lab's names
---@return netlua.Held held
function M.enter(op, lab)
  local held = M.find(op, lab)
  check(core.holder_enter(held.pid))
  local netns = require "netlua.netns"
  local nodes = {}
  for _, node in ipairs(held.nodes) do
    local ns = netns.wrap(check(core.netns_open_held(held.pid, node.fd, node.name)))
    rawset(ns, "hosts", node.hosts)
    nodes[node.name] = ns
  end
  -- The descriptors were opened by number: they are the lab's only if the holder lives on.
  if not is_alive(held) then fail(op, "ESRCH", 3, "lab '%s' has just gone down", lab) end
  return nodes, held
end

--- One node of a lab; raises ENOENT with the names of those that are there.
---@param op string
---@param lab string
---@param name string
---@return netlua.Netns
function M.node(op, lab, name)
  local nodes, held = M.enter(op, lab)
  if nodes[name] then return nodes[name] end
  local names = {}
  for _, node in ipairs(held.nodes) do names[#names + 1] = node.name end
  fail(op, "ENOENT", 2, "lab '%s' has no node '%s' (%s)", lab, name, table.concat(names, ", "))
end

--- Ends a lab, and with it the others of the same script.
---@param lab string
---@return string[] names of the labs that are gone
function M.down(lab)
  local held = M.find("down", lab)
  local gone = {}
  local together = {}
  for _, other in ipairs(M.list()) do
    if other.pid == held.pid then together[#together + 1] = other end
  end
  check(core.holder_end(held.pid, held.started))
  for _, other in ipairs(together) do
    -- The holder had no chance to take its names away from `ip netns`.
    for _, node in ipairs(other.nodes) do
      if node.published then core.netns_unpublish(node.name) end
    end
    os.remove(other.path)
    gone[#gone + 1] = other.lab
  end
  M.list() -- tidies up
  return gone
end

return M
