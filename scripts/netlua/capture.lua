--- Capturing: what crosses an interface, as packets.
--
--   local capture <close> = router:capture("eth1", "icmp")   -- armed when the call returns
--   pc:ping(server, { count = 1 })
--   for _, p in ipairs(capture:packets()) do print(p) end    -- as tcpdump -n prints them
--   capture:save "ping.pcapng"                               -- opens in Wireshark
--
-- A capture keeps every packet since it was armed, in the order of time; a thread of its own empties the
-- kernel's buffers, so that nothing is lost while the script does something else.
local core = require "netlua.core"
local step = require "netlua.step"
local check = core.check

---@class netlua.capture_module
local M = {}

---@class netlua.Capture
---@field private handle? userdata of the core; nil for files and once stopped
---@field private list netlua.Packet[] what was captured, in the order of time
---@field private arrived netlua.Packet[] the same as it came: only ever grows
---@field private reordered integer how often the order of time put a packet before earlier ones
---@field private what string for messages: "eth1 in router"
local Capture = {}
local mt = { __name = "netlua.Capture", __index = Capture }

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

local function describe(value)
  if type(value) == "string" then return "'" .. value .. "'" end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return value == nil and "nothing" or "a " .. type(value)
end

local function check_options(op, opts, known)
  if opts == nil then return {} end
  if type(opts) ~= "table" then misuse(op, "options", "expected a table, got %s", describe(opts)) end
  for key in pairs(opts) do
    if not known[key] then misuse(op, "options", "%s", core.unknown_key(key, known)) end
  end
  return opts
end

local function check_seconds(op, opts, key, default)
  local value = opts[key]
  if value == nil then return default end
  if type(value) ~= "number" or value < 0 or value ~= value then
    misuse(op, key, "expected seconds from 0 on, got %s", describe(value))
  end
  return value
end

-- --- Opening ----------------------------------------------------------------------------------------------

local ETHERNET, RAW = 1, 101
local DROP = string.pack("=I2BBI4", 6, 0, 0, 0) -- the program `ret 0`

-- The programs for both link types, and whether the filter asks for VLAN tags, which the kernel keeps beside
-- the packet where its filters do not look.
local function compile(op, filter, snaplen)
  if filter == nil or filter == "" then return end
  if type(filter) ~= "string" then misuse(op, "filter", "expected a string, got %s", describe(filter)) end
  local pcap = require "netlua.pcap"
  local ether, problem = pcap.compile(filter, ETHERNET, snaplen)
  local raw, raw_problem = pcap.compile(filter, RAW, snaplen)
  if not ether and not raw then misuse(op, "filter", "'%s': %s", filter, problem or raw_problem) end
  local here = filter:find "%f[%w]vlan%f[%W]" ~= nil
  return ether or DROP, raw or DROP, here
end

local options = { snaplen = true, buffer = true, promisc = true }

---@class netlua.Capture.Opts
---@field snaplen? integer bytes kept of each packet, default 262144
---@field buffer? integer bytes of kernel memory for packets that were not taken over yet
---@field promisc? boolean also what the interface would not take (needed with macvlan; veth sees all anyway)

local function open(op, places, filter, opts)
  opts = check_options(op, opts, options)
  local ether, raw, here = compile(op, filter, opts.snaplen or 262144)
  local taps, what = {}, {}
  for _, place in ipairs(places) do
    local ns, ifname = place.ns, place.ifname
    if ifname == "any" then ifname = nil end
    taps[#taps + 1] = {
      netns = ns.core, node = ns.name, ifname = ifname, snaplen = opts.snaplen, buffer = opts.buffer,
      promisc = opts.promisc, ether = ether, raw = raw, filter_here = here,
    }
    what[#what + 1] = ("%s in %s"):format(ifname or "any", ns.name)
  end
  local handle = check(core.capture_open(taps))
  local list = {}
  return setmetatable({
    handle = handle, list = list, arrived = list, reordered = 0, what = table.concat(what, ", "), filter = filter, places = places,
  }, mt)
end

local function is_namespace(value)
  return type(value) == "table" and type(value.core) == "userdata" and type(value.name) == "string"
end

local function add_places(op, places, ns, ifnames)
  if ifnames == nil then ifnames = "any" end
  if type(ifnames) == "string" then ifnames = { ifnames } end
  if type(ifnames) ~= "table" or #ifnames == 0 then
    misuse(op, "interface", "expected a name or a list of names, got %s",
      type(ifnames) == "table" and "an empty list" or describe(ifnames))
  end
  for _, ifname in ipairs(ifnames) do places[#places + 1] = { ns = ns, ifname = ifname } end
end

--- Captures at interfaces of a namespace: `ns:capture("eth0", "tcp port 80")`. When the call returns, every
--- packet is seen, ARP included.
---@param ns netlua.Netns
---@param ifname? string|string[] "any" (default): all of the namespace, also those that come later
---@param filter? string in the language of pcap-filter(7); default everything
---@param opts? netlua.Capture.Opts
---@return netlua.Capture
function M.capture(ns, ifname, filter, opts)
  local places = {}
  add_places("capture", places, ns, ifname)
  return open("capture", places, filter, opts)
end

--- Captures at interfaces of several namespaces into one stream in the order of time:
--- `netlua.capture.start { { ns1, "eth0" }, { ns2, "eth1" }, ns3 }`.
---@param list (netlua.Netns|{ [1]: netlua.Netns, [2]: string|string[]? })[] without names: all interfaces
---@param filter? string
---@param opts? netlua.Capture.Opts
---@return netlua.Capture
function M.start(list, filter, opts)
  local op, places = "capture.start", {}
  if type(list) ~= "table" or #list == 0 then
    misuse(op, "places", "expected a list like { { ns, \"eth0\" } }, got %s", describe(list))
  end
  for i, place in ipairs(list) do
    if is_namespace(place) then
      add_places(op, places, place)
    elseif type(place) == "table" and is_namespace(place[1]) then
      add_places(op, places, place[1], place[2])
    else
      misuse(op, "places", "entry %d is %s, not { ns, \"eth0\" }", i, describe(place))
    end
  end
  return open(op, places, filter, opts)
end

-- --- Taking packets ---------------------------------------------------------------------------------------

-- Packets of the same time stay as they came. The list is all but sorted: a packet that the kernel had stamped and
-- not dealt out yet when the sockets were emptied is out of its place by a few.
local function sort(list)
  for i = 2, #list do
    local p, ts, k = list[i], list[i].ts_ns, i - 1
    while k >= 1 and list[k].ts_ns > ts do
      list[k + 1] = list[k]
      k = k - 1
    end
    list[k + 1] = p
  end
end

local function alive(self, op)
  if not self.list then misuse(op, nil, "attempt to use a closed capture (%s)", self.what) end
end

-- Takes over what has crossed until now. `arrived` only grows, so that loops can go on where they were; `list` is in the
-- order of time. They are one table until a packet is out of its place.
local function pull(self)
  if not self.handle then return 0 end
  local arrived = self.arrived
  local before = #arrived
  local count, ordered = check(self.handle:collect(arrived))
  if self.list ~= arrived then
    table.move(arrived, before + 1, before + count, #self.list + 1, self.list)
  elseif not ordered then
    self.list = table.move(arrived, 1, #arrived, 1, {})
  end
  if not ordered then
    sort(self.list)
    self.reordered = self.reordered + 1
  end
  return count
end

--- All packets since the capture was armed, in the order of time: everything that had crossed when it was called.
---@return netlua.Packet[]
function Capture:packets()
  alive(self, "capture.packets")
  pull(self)
  return table.move(self.list, 1, #self.list, 1, {})
end

-- Waits until there is more to take over, and takes it; false when the deadline is over or nothing can come.
local function await(self, deadline)
  while self.handle do
    if pull(self) > 0 then return true end
    local left = deadline - core.now()
    if left <= 0 then return false end
    step.wait(self, left < math.huge and left or nil)
    -- Another task may have closed it meanwhile.
    alive(self, "capture")
  end
  return false
end

--- Iterates over the packets as they came, from the first one captured. When they are used up it waits for more, up to
--- `timeout` seconds for each; 0, the default, ends with those that have crossed.
---
---    for p in capture:each { timeout = 0.5 } do print(p) end
---@param opts? { timeout?: number, match?: table|function }
---@return fun(): netlua.Packet?
function Capture:each(opts)
  alive(self, "capture.each")
  opts = check_options("capture.each", opts, { timeout = true, match = true })
  local timeout = check_seconds("capture.each", opts, "timeout", 0)
  local matcher = opts.match and require("netlua.match").compile("capture.each", opts.match)
  local i = 0
  return function()
    local deadline = core.now() + timeout
    while true do
      alive(self, "capture.each")
      i = i + 1
      local p = self.arrived[i]
      if not p and await(self, deadline) then p = self.arrived[i] end
      if not p then
        i = i - 1
        return nil
      end
      if not matcher or matcher:test(p) then return p end
    end
  end
end

--- The packets that look like that, of those that have crossed.
---@param match table|function|string see netlua.match
---@return netlua.Packet[]
function Capture:select(match)
  alive(self, "capture.select")
  local matcher = require("netlua.match").compile("capture.select", match)
  pull(self)
  local found = {}
  for _, p in ipairs(self.list) do
    if matcher:test(p) then found[#found + 1] = p end
  end
  return found
end

local function timed_out(self, matcher, timeout, from)
  local seen = #self.arrived - from + 1
  local last = self.list[#self.list]
  local nearest = matcher:nearest(self.arrived, from)
  local hint = last and "last seen: " .. tostring(last) or nil
  if nearest and nearest ~= last then hint = hint .. "; nearest: " .. tostring(nearest) end
  core.raise(core.error_new {
    op = "capture.wait", subject = ("for %s at %s"):format(matcher.text, self.what), errno = 110, code = "ETIMEDOUT",
    message = ("no such packet among %d in %g s"):format(seen, timeout), hint = hint,
  })
end

--- Waits for a packet that looks like that. One that has crossed already counts; each call goes on behind the
--- packet that the last one found. Running out of time raises ETIMEDOUT, with what was awaited and what was last seen.
---@param match table|function|string see netlua.match
---@param opts? { timeout?: number } seconds, default 1
---@return netlua.Packet
function Capture:wait(match, opts)
  alive(self, "capture.wait")
  opts = check_options("capture.wait", opts, { timeout = true })
  local timeout = check_seconds("capture.wait", opts, "timeout", 1)
  local matcher = require("netlua.match").compile("capture.wait", match)
  local deadline = core.now() + timeout
  local from = (self.waited or 0) + 1
  local i = from
  pull(self)
  repeat
    while self.arrived[i] do
      if matcher:test(self.arrived[i]) then
        self.waited = i
        return self.arrived[i]
      end
      i = i + 1
    end
  until not await(self, deadline)
  timed_out(self, matcher, timeout, from)
end

--- Draws who sent what to whom: `print(capture:ladder())`. See netlua.ladder.
---@param opts? netlua.Ladder.Opts
---@return netlua.Ladder
function Capture:ladder(opts)
  return require("netlua.ladder").new(self:packets(), opts, self.places)
end

--- Forgets the packets captured until now.
function Capture:clear()
  alive(self, "capture.clear")
  pull(self)
  self.list, self.waited = {}, nil
  self.arrived = self.list
end

--- What the kernel counted: packets that passed the filter (`received`), those among them that it dropped because
--- its buffer was full (`dropped`), and those taken over (`captured`).
---@return { received: integer, dropped: integer, captured: integer }
function Capture:stats()
  alive(self, "capture.stats")
  if not self.handle then return self.last_stats end
  return check(self.handle:stats())
end

--- Ends the capture and keeps what it has: its packets can be read, saved and drawn.
function Capture:stop()
  alive(self, "capture.stop")
  if not self.handle then return end
  pull(self)
  self.last_stats = check(self.handle:stats())
  self:release()
end

---@private
function Capture:release()
  local handle = self.handle
  self.handle = nil
  if not handle then return end
  -- cqueues remembers descriptors it was asked to wait for.
  local cqueues = package.loaded["cqueues"]
  if cqueues and not handle:closed() then cqueues.cancel(handle:pollfd()) end
  handle:close()
end

--- Gives everything back. Idempotent.
function Capture:close()
  self:release()
  self.list = nil
end

mt.__close = Capture.close

function mt.__tostring(self)
  if not self.list then return ("capture of %s (closed)"):format(self.what) end
  pcall(pull, self) -- what has crossed until now counts, too
  return ("capture of %s, %d packet%s"):format(self.what, #self.list, #self.list == 1 and "" or "s")
end

-- cqueues' polling protocol; ready when there are packets to take over.
function Capture:pollfd() return self.handle and self.handle:pollfd() end
function Capture:events() return self.handle and "r" end
function Capture:timeout() return not self.handle and 0 or nil end
function Capture:step() return pull(self) > 0 end

-- --- Files ------------------------------------------------------------------------------------------------

local extensions = { pcap = "pcap", cap = "pcap", pcapng = "pcapng", ntar = "pcapng" }

--- Writes packets to a file.
---@param path string ".pcap" is written as pcap, anything else as pcapng
---@param packets netlua.Packet[]
---@param opts? { format?: "pcap"|"pcapng" } whatever the path's extension says
function M.save(path, packets, opts)
  opts = check_options("capture.save", opts, { format = true })
  if type(path) ~= "string" then misuse("capture.save", "path", "expected a string, got %s", describe(path)) end
  local format = opts.format or extensions[path:lower():match "%.(%w+)$"] or "pcapng"
  check(core.capture_save(path, packets, format))
end

--- Writes the captured packets to a file. pcapng keeps the names of interfaces and nodes, the direction, and the
--- comments of packets (`packet.comment = "…"`); pcap keeps none of these and holds one link type.
---@param path string
---@param opts? { format?: "pcap"|"pcapng" }
function Capture:save(path, opts)
  alive(self, "capture.save")
  pull(self)
  M.save(path, self.list, opts)
end

--- Reads a capture file: pcap or pcapng, whoever wrote it. What is damaged is an error that names the offset;
--- with `partial` the packets before the damage are kept and `capture.problem` is that error.
---@param path string
---@param filter? string in the language of pcap-filter(7); default everything
---@param opts? { partial?: boolean }
---@return netlua.Capture
function M.open(path, filter, opts)
  if type(filter) == "table" then filter, opts = nil, filter end
  opts = check_options("capture.open", opts, { partial = true })
  if filter ~= nil and type(filter) ~= "string" then
    misuse("capture.open", "filter", "expected a string, got %s", describe(filter))
  end
  local matcher = filter and filter ~= "" and require("netlua.match").compile("capture.open", filter)
  local list, info, problem = core.capture_load(path, opts.partial)
  if not list then core.raise(info) end
  if matcher then
    local passed = {}
    for _, p in ipairs(list) do
      if matcher:test(p) then passed[#passed + 1] = p end
    end
    list = passed
  end
  return setmetatable({
    list = list, arrived = list, reordered = 0, what = path, format = info.format, interfaces = info.interfaces, problem = problem,
    last_stats = { received = #list, dropped = 0, captured = #list },
  }, mt)
end

M.Capture = require("netlua.colon").class("capture", Capture, nil, mt)
-- For netlua.expect_packets.
M.check_options, M.check_seconds, M.pull, M.alive, M.await = check_options, check_seconds, pull, alive, await

return M
