--- Labs: say what is connected, get a network.
--
--   local lab <close> = netlua.lab "office"
--   local pc, r1 = lab:host "pc", lab:router "r1"
--   lab:link(pc, r1)
--   lab:build()
--
-- A lab is declared first, checked, and built in one go: all of it or nothing.
local core = require "netlua.core"
local ip = require "netlua.ip"
local address = require "netlua.lab.address"
local model = require "netlua.lab.model"
local node = require "netlua.lab.node"

local misuse = node.misuse

---@class netlua.Lab
---@field name string
---@field nodes netlua.Node[] in the order they were declared
---@field by_name table<string, netlua.Node>
---@field links netlua.lab.Link[]
---@field segments netlua.lab.Segment[] once addresses are drawn
---@field warnings table[] { message =, where = }, filled by build
local Lab = {}
Lab.__index = Lab
Lab.__name = "netlua.Lab"

---@class netlua.lab.Link a wire
---@field a netlua.lab.Iface
---@field b netlua.lab.Iface
---@field lab netlua.Lab
---@field where? string the script's line that made it
local Link = {}
Link.__index = Link
Link.__name = "netlua.lab.Link"

---@class netlua.Lab.Opts
---@field family? "inet"|"inet6" one family only; default: both
---@field pool? string|string[] where IPv4 and IPv6 subnets are drawn from (default 198.18.0.0/15, 2001:db8::/32)
---@field routes? boolean false: no routes are computed

---@class netlua.Node.Opts
---@field gateway? string|string[]|false (host) the default gateway's address; false: none
---@field stp? boolean (switch) run the spanning tree protocol: its ports forward 30 s after they came up, or 4 s after
--- `switch.link:set("br0", { up = false })` and then `switch.link:set("br0", { up = true, forward_delay = 200 })`
---@field sysctl? table<string, string|integer|boolean> set before the first packet
---@field persist? boolean show it to `ip netns` under its name, until the lab is closed (root only)

---@class netlua.Link.LabOpts
---@field net? string|string[] the wire's subnet, one a family
---@field addr? table<integer, string|string[]> addresses of the two ends: { of the first, of the second }
---@field ifname? table<integer, string> names of the two ends instead of eth0, eth1, …
---@field mac? table<integer, string>
---@field mtu? integer|table<integer, integer> bytes; one number for both ends, or { first, second }
---@field rate? netlua.tc.Rate|netlua.tc.Rate[] "10mbit", or bits a second; this and the next three: one value for both
--- directions, or { from the first to the second, back }
---@field delay? netlua.tc.Time|netlua.tc.Time[] "10ms", or seconds, on top of the wire's own
---@field jitter? netlua.tc.Time|netlua.tc.Time[] how far delays spread; packets may then overtake each other
---@field loss? netlua.tc.Share|netlua.tc.Share[] "1%", or 0 to 1; delay, jitter and loss need a kernel with netem

local function keys_only(op, opts, known)
  if opts == nil then return {} end
  if type(opts) ~= "table" then misuse(op, "options", "expected a table, got %s", type(opts)) end
  for key in pairs(opts) do
    if not known[key] then misuse(op, "options", "%s", core.unknown_key(key, known)) end
  end
  return opts
end

local function as_list(value)
  if value == nil or value == false then return {} end
  return type(value) == "table" and value or { value }
end

local function parse_addresses(op, field, value)
  local list = {}
  for _, text in ipairs(as_list(value)) do
    local bytes, length = ip.parse(text)
    if not bytes then misuse(op, field, "expected an address like 192.0.2.1/24, got '%s'", tostring(text)) end
    if length and length > #bytes * 8 then
      misuse(op, field, "'%s': a prefix of that family has at most %d bits", text, #bytes * 8)
    end
    list[#list + 1] = { bytes = bytes, length = length, text = text }
  end
  return list
end

-- What the kernel, a file and a line of text can hold.
local function check_name(op, name)
  if type(name) ~= "string" or name == "" or #name > 127 or name:find("[%z\n]") then
    misuse(op, "name", "expected a name of 1 to 127 bytes, got %s", type(name) == "string" and "'" .. name .. "'" or type(name))
  end
end

local function declare(self, kind, name, opts, known)
  local op = "lab." .. kind
  if self.closed then misuse(op, "lab", "'%s' is closed", self.name) end
  check_name(op, name)
  local other = self.by_name[name]
  if other then misuse(op, "name", "'%s' is there already (%s)", name, other.where or "?") end
  opts = keys_only(op, opts, known)
  local made = node.new(self, kind, name, opts)
  self.numbers = self.numbers + 1
  made.number = self.numbers
  if opts.gateway then
    made.gateway = {}
    for _, given in ipairs(parse_addresses(op, "gateway", opts.gateway)) do
      made.gateway[ip.family(given.bytes)] = given.bytes
    end
  end
  self.nodes[#self.nodes + 1] = made
  self.by_name[name] = made
  self.by_number[made.number] = made
  self.counts[kind] = self:count(kind) + 1
  if self.built then require("netlua.lab.change").add_node(self, made) end
  return made
end

--- A computer: it does not forward. Its default route goes to the first router on its wire.
---@param name string any text: what people call it
---@param opts? netlua.Node.Opts
---@return netlua.Node
function Lab:host(name, opts)
  return declare(self, "host", name, opts, { gateway = true, sysctl = true, persist = true })
end

--- A router: forwards IPv4 and IPv6, knows the way to every subnet of the lab.
---@param name string
---@param opts? netlua.Node.Opts
---@return netlua.Node
function Lab:router(name, opts)
  return declare(self, "router", name, opts, { sysctl = true, persist = true })
end

--- A switch: a bridge in a namespace of its own.
---@param name string
---@param opts? netlua.Node.Opts
---@return netlua.Node
function Lab:switch(name, opts)
  return declare(self, "switch", name, opts, { stp = true, sysctl = true, persist = true })
end

--- The node of that name; raises when there is none. A node is given back as it is.
---@param which string|netlua.Node
---@return netlua.Node
function Lab:node(which)
  if node.is(which) then
    if which.lab == self and self.by_number[which.number] ~= which then
      misuse("lab.node", "name", "%s has been taken away", which.name)
    end
    return which
  end
  local found = self.by_name[which]
  if type(which) ~= "string" then
    misuse("lab.node", "name", "expected a node or its name, got %s", which == nil and "nothing" or "a " .. type(which))
  end
  if not found then misuse("lab.node", "name", "'%s' has no node '%s'", self.name, tostring(which)) end
  return found
end

--- How many nodes of a kind there are.
---@param kind "host"|"router"|"switch"
---@return integer
function Lab:count(kind)
  return self.counts[kind] or 0
end

-- What the kernel uses itself: names of directories below /proc/sys, loopback, and a switch's own bridge.
local reserved = { ["."] = true, [".."] = true, all = true, default = true, lo = true }

local function has_iface(of, name)
  for _, other in ipairs(of.ifaces) do
    if other.name == name then return true end
  end
  return of.kind == "switch" and name == "br0"
end

local function check_mac(mac)
  if type(mac) ~= "string" or not mac:find("^%x%x:%x%x:%x%x:%x%x:%x%x:%x%x$") then
    misuse("lab.link", "mac", "expected an address like 02:00:00:00:00:01, got %s", tostring(mac))
  end
  if tonumber(mac:sub(1, 2), 16) & 1 == 1 or mac == "00:00:00:00:00:00" then
    misuse("lab.link", "mac", "%s is no station's address", mac)
  end
  return mac
end

-- One end of a link, not yet in its node: both are made before either is.
local function new_iface(of, opts, side, link)
  local mtu = opts.mtu
  if type(mtu) == "table" then mtu = mtu[side] end
  if mtu ~= nil and (math.type(mtu) ~= "integer" or mtu < 68 or mtu > 65535) then
    misuse("lab.link", "mtu", "expected an integer from 68 to 65535, got %s", tostring(mtu))
  end
  local n = of.next_iface or 0
  local name = opts.ifname and opts.ifname[side]
  -- The kernel's limit is 15 bytes; what people say beyond it stays in the drawing.
  if name and (type(name) ~= "string" or #name > 15 or name == "" or name:find("[/%s%z:%%]") or reserved[name]) then
    misuse("lab.link", "ifname", "'%s' is no interface name of 1 to 15 bytes", tostring(name))
  end
  if name and has_iface(of, name) then misuse("lab.link", "ifname", "%s has an interface '%s' already", of.name, name) end
  local free = n
  while not name and has_iface(of, "eth" .. free) do free = free + 1 end
  local made = {
    node = of, link = link, mtu = mtu, addrs = {},
    name = name or "eth" .. free,
    index = model.index(of, n, side),
    given = of.kind == "switch" and {} or parse_addresses("lab.link", "addr", opts.addr and opts.addr[side]),
    -- Locally administered, from the drawing alone: captures of two runs compare.
    mac = opts.mac and opts.mac[side] and check_mac(opts.mac[side]) or ("02:00:%02x:%02x:00:%02x"):format(
      of.number >> 8 & 0xff, of.number & 0xff, n & 0xff),
  }
  local seen = {}
  for _, given in ipairs(made.given) do
    local family = ip.family(given.bytes)
    if seen[family] then
      misuse("lab.link", "addr", "%s and %s for one interface: give it the second with addr:add once the lab is built",
        seen[family], given.text)
    end
    seen[family] = given.text
  end
  return made
end

local function take_in(iface)
  local of = iface.node
  of.ifaces[#of.ifaces + 1] = iface
  of.next_iface = (of.next_iface or 0) + 1
end

local link_keys = { net = true, addr = true, ifname = true, mac = true, mtu = true, rate = true,
  delay = true, jitter = true, loss = true }

--- A wire between two nodes. Interfaces are eth0, eth1, … in each node, in the order of its links.
---@param a netlua.Node|string
---@param b netlua.Node|string
---@param opts? netlua.Link.LabOpts
---@return netlua.lab.Link
function Lab:link(a, b, opts)
  if self.closed then misuse("lab.link", "lab", "'%s' is closed", self.name) end
  opts = keys_only("lab.link", opts, link_keys)
  a, b = self:node(a), self:node(b)
  if a.lab ~= self or b.lab ~= self then
    misuse("lab.link", "node", "%s belongs to another lab", (a.lab ~= self and a or b).name)
  end
  if a == b then misuse("lab.link", "node", "%s cannot be linked to itself", a.name) end
  local link = setmetatable({ lab = self, where = core.where(), nets = {}, opts = opts, shape = {} }, Link)
  if opts.rate or opts.delay or opts.jitter or opts.loss then link.shape = require("netlua.lab.shape").read("lab.link", opts) end
  for _, text in ipairs(as_list(opts.net)) do
    local net = address.parse_net(text)
    if not net then misuse("lab.link", "net", "expected a prefix like 192.0.2.0/24, got '%s'", tostring(text)) end
    link.nets[#link.nets + 1] = net
  end
  link.a, link.b = new_iface(a, opts, 1, link), new_iface(b, opts, 2, link)
  link.a.peer, link.b.peer = link.b, link.a
  take_in(link.a)
  take_in(link.b)
  self.links[#self.links + 1] = link
  if self.built then require("netlua.lab.change").add_link(self, link) end
  return link
end

local function running(lab, op, what)
  if not lab.built or lab.closed then misuse(op, "lab", "'%s' does not run", lab.name) end
  if what.removed then misuse(op, "link", "it has been taken away") end
end

--- Takes a node with its links, or one link, out of a running lab.
---@param what netlua.Node|netlua.lab.Link|string
function Lab:remove(what)
  if getmetatable(what) == Link then
    running(self, "lab.remove", what)
    return require("netlua.lab.change").remove_link(self, what)
  end
  local found = self:node(what)
  running(self, "lab.remove", {})
  require("netlua.lab.change").remove_node(self, found)
end

--- Cuts the wire: both ends lose their carrier; routes stay as they are.
function Link:cut()
  running(self.lab, "link.cut", self)
  require("netlua.lab.change").cut(self.lab, self)
end

--- Mends a wire that was cut.
function Link:mend()
  running(self.lab, "link.mend", self)
  require("netlua.lab.change").mend(self.lab, self)
end

local shape_keys = { rate = true, delay = true, jitter = true, loss = true }

--- Changes what the wire does to packets, also while it runs: `link:set{ delay = "50ms", loss = false }`. What is not
--- said stays; false takes it away.
---@param opts { rate?: any, delay?: any, jitter?: any, loss?: any } as for lab:link
function Link:set(opts)
  if self.lab.closed then misuse("link.set", "lab", "'%s' is closed", self.lab.name) end
  if self.removed then misuse("link.set", "link", "it has been taken away") end
  local merged = {}
  for key, value in pairs(self.opts) do merged[key] = value end
  for key, value in pairs(keys_only("link.set", opts, shape_keys)) do merged[key] = value or nil end
  local shape = require "netlua.lab.shape"
  local before_opts, before = self.opts, self.shape
  self.opts, self.shape = merged, shape.read("link.set", merged)
  if not self.lab.built then return end
  local ok, err = pcall(shape.apply, self)
  if ok then return end
  -- One direction may have been changed: bring it back.
  self.opts, self.shape = before_opts, before
  pcall(shape.apply, self)
  core.raise(err)
end

--- Takes it away, both its interfaces with it.
function Link:remove()
  self.lab:remove(self)
end

function Link:__tostring()
  return ("%s %s -- %s %s"):format(self.a.node.name, self.a.name, self.b.name, self.b.node.name)
end

-- One error that tells every problem with its line.
local function refuse(self, problems)
  local lines = {}
  for _, p in ipairs(problems) do
    lines[#lines + 1] = (p.where and p.where ~= "" and p.where .. ": " or "") .. p.message
  end
  core.raise(core.error_new {
    op = "lab.build", subject = self.name, code = "EINVAL", errno = 22, problems = problems,
    message = #lines == 1 and lines[1] or #lines .. " problems:\n  " .. table.concat(lines, "\n  "),
  })
end

-- Which interfaces share a wire, and their addresses; gives what is wrong with these.
local function lay_out(self)
  self.segments = model.segments(self.links)
  for _, n in ipairs(self.nodes) do
    for _, iface in ipairs(n.ifaces) do iface.addrs = {} end
  end
  return address.assign(self.segments, self.families, self.pools)
end

local function compute_routes(self)
  if self.computed_routes then
    require("netlua.lab.routes").compute(self.nodes, self.segments, self.families)
  end
end

--- Draws addresses, checks, and computes routes, without building. Idempotent until something is declared.
---@return netlua.Lab self
function Lab:check()
  local problems = lay_out(self)
  if #problems == 0 then
    problems, self.warnings = require("netlua.lab.check").check(self)
  end
  if #problems > 0 then refuse(self, problems) end
  compute_routes(self)
  return self
end

--- The same without the checks: what is left when something was taken away is as it is.
---@private
function Lab:redraw()
  lay_out(self)
  compute_routes(self)
end

-- Gives the wires their rates and delays; a refusal takes the lab down.
local function shape_all(self)
  for _, link in ipairs(self.links) do
    if link.shape[1] or link.shape[2] then
      local ok, err = pcall(require("netlua.lab.shape").apply, link)
      if not ok then
        self:close()
        core.raise(err)
      end
    end
  end
end

--- Makes the network: all of it, or nothing and an error.
---@return netlua.Lab self
function Lab:build()
  if self.built then misuse("lab.build", "lab", "'%s' is built already", self.name) end
  self:check()
  local plan = require "netlua.lab.plan"
  for _, w in ipairs(plan.warn(self)) do self.warnings[#self.warnings + 1] = w end
  for _, w in ipairs(self.warnings) do
    io.stderr:write("netlua: warning: ", w.where and w.where .. ": " or "", w.message, "\n")
  end
  plan.run(self)
  shape_all(self)
  self.built = true
  return self
end

--- The `ip` commands the lab stands for; run by `sh` as root they build the same network.
---@return string
function Lab:plan()
  if not self.built then self:check() end
  return require("netlua.lab.plan").commands(self)
end

--- The lab as a picture: text for the terminal, DOT, SVG (needs graphviz) or Mermaid.
---@param format? "text"|"dot"|"svg"|"mermaid" default: text
---@return string
function Lab:draw(format)
  if not self.built then self:check() end
  return require("netlua.lab.draw").draw(self, format)
end

-- Beyond this many neighbours the kernel's table (gc_thresh3, 1,024 for all namespaces together) loses
-- entries, and pings with them.
local NEIGHBOURS = 512

-- The steps that tell every node the hardware address of every other on its wires.
local function neighbour_ops(self)
  local ops = {}
  for _, segment in ipairs(self.segments) do
    for _, one in ipairs(segment.ifaces) do
      for _, other in ipairs(segment.ifaces) do
        for _, addr in pairs(one ~= other and other.addrs or {}) do
          ops[#ops + 1] = { op = "neigh", ns = one.node.number, index = one.index, bytes = addr.bytes, mac = other.mac }
        end
      end
    end
  end
  return ops
end

--- Pings every pair of hosts and routers, at once.
---@param opts? netlua.Ping.Opts family: default IPv4 where the lab has it
---@return netlua.Ping.Result[] results each with `from` and `to`
function Lab:ping_all(opts)
  if not self.built or self.closed then misuse("lab.ping_all", "lab", "'%s' does not run", self.name) end
  local family = opts and opts.family or self.families[1]
  local neighbours = 0
  for _, segment in ipairs(self.segments) do neighbours = neighbours + #segment.ifaces * (#segment.ifaces - 1) end
  if neighbours > NEIGHBOURS and not self.knows_neighbours then
    require("netlua.lab.change").apply(self, neighbour_ops(self))
    self.knows_neighbours = true
  end
  local sources, targets, pairs_ = {}, {}, {}
  for _, one in ipairs(self.nodes) do
    if one.kind ~= "switch" then
      sources[#sources + 1] = one
      if one:address(family) then targets[#targets + 1] = one end
    end
  end
  for _, from in ipairs(sources) do
    for _, to in ipairs(targets) do
      if from ~= to then pairs_[#pairs_ + 1] = { from = from, to = to } end
    end
  end
  local all = { family = family }
  for key, value in pairs(opts or {}) do all[key] = value end
  return require("netlua.ping").ping_all(pairs_, all)
end

--- Gives everything back. Idempotent.
function Lab:close()
  self.closed = true
  for i = #self.nodes, 1, -1 do
    if rawget(self.nodes[i], "core") then self.nodes[i]:close() end
  end
end
Lab.__close = Lab.close

function Lab:__tostring()
  return ("lab %s: %d node%s, %d link%s%s"):format(self.name, #self.nodes, #self.nodes == 1 and "" or "s", #self.links,
    #self.links == 1 and "" or "s", self.closed and " (closed)" or self.built and "" or " (not built)")
end

require("netlua.colon").class("lab", Lab)

local M = { Lab = Lab }

--- Declares a lab. Nothing is made before lab:build().
---@param name string
---@param opts? netlua.Lab.Opts
---@return netlua.Lab
function M.lab(name, opts)
  check_name("lab", name)
  opts = keys_only("lab", opts, { family = true, pool = true, routes = true })
  local families = { "inet", "inet6" }
  if opts.family == "inet" or opts.family == "inet6" then
    families = { opts.family }
  elseif opts.family ~= nil then
    misuse("lab", "family", "expected inet or inet6, got '%s'", tostring(opts.family))
  end
  local pools = {}
  for _, text in ipairs(as_list(opts.pool)) do
    local net = address.parse_net(text)
    if not net or net.length > #net.bytes * 8 then misuse("lab", "pool", "expected a prefix, got '%s'", tostring(text)) end
    if net.given ~= net.bytes then
      misuse("lab", "pool", "%s has bits behind its prefix: did you mean %s?", text, ip.prefix(net.bytes, net.length))
    end
    pools[ip.family(net.bytes)] = text
  end
  return setmetatable({
    name = name, nodes = {}, by_name = {}, by_number = {}, numbers = 0, counts = {}, links = {}, warnings = {}, families = families,
    pools = pools, computed_routes = opts.routes ~= false,
  }, Lab)
end

return M
