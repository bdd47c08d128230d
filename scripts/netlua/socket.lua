--- Sockets in a node, by hand: node:connect, node:listen (TCP, as cqueues sockets) and node:udp.
-- They wait like everything else: inside netlua.all others have their turn meanwhile.
local core = require "netlua.core"
local options = require "netlua.options"
local step = require "netlua.step"
local target = require "netlua.target"

local check = core.check

local M = {}

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

local function check_port(op, port, least)
  if math.type(port) ~= "integer" or port < least or port > 65535 then
    misuse(op, "port", "expected an integer from %d to 65535, got %s", least, tostring(port))
  end
end

-- What is written is sent: cqueues would forget at close what it has in its buffer. And a connection may be a
-- `local connection <close>`, as all the rest.
local function ready_made(connection)
  connection:setmode("b", "bn")
  local meta = getmetatable(connection)
  meta.__close = meta.__close or function(self) self:close() end
  return connection
end

-- A cqueues socket around a descriptor that is ours until it is there.
local function adopt(handle)
  require("netlua.step").cqueues()
  local socket = require "cqueues.socket"
  local fd = handle:pollfd()
  local wrapped = check(socket.fdopen(fd))
  handle:release()
  return ready_made(wrapped)
end

--- Opens a TCP connection from the node.
---
---     local connection <close> = client:connect(server, 80)
---     connection:write "GET / HTTP/1.0\r\n\r\n"       -- is sent at once
---     print(connection:read "*a")                       -- nil at the end, like every read
---@param ns netlua.Netns
---@param to string|netlua.Netns address, node or node's name
---@param port integer
---@param opts? { timeout?: number, family?: "inet"|"inet6", source?: string } timeout: default 5 seconds
---@return userdata socket a cqueues socket: read, write, lines, close …
function M.connect(ns, to, port, opts)
  opts = options.only("connect", opts, { timeout = true, family = true, source = true })
  check_port("connect", port, 1)
  local address = target.resolve("connect", ns, to, opts.family)
  local handle <close> = check(ns.core:socket { type = "tcp", ip = opts.source, remote_ip = address, remote_port = port })
  local pending = {
    pollfd = function() return handle:pollfd() end,
    events = function() return "w" end,
    timeout = function() end,
  }
  local deadline = core.now() + (opts.timeout or 5)
  while true do
    local done, err = handle:step()
    if done then return adopt(handle) end
    local left = deadline - core.now()
    if err or left <= 0 then
      err = err or core.error_new { op = "connect", errno = 110, code = "ETIMEDOUT", message = "Connection timed out" }
      err.op, err.node, err.subject = "connect", ns.name, ("tcp %s port %d"):format(address, port)
      core.raise(err)
    end
    step.wait(pending, left)
  end
end

---@class netlua.Listener
---@field port integer
local Listener = {}
Listener.__index = Listener
Listener.__name = "netlua.Listener"

--- Waits for the next connection.
---@param opts? { timeout?: number } seconds; running out gives nil
---@return userdata? socket a cqueues socket
function Listener:accept(opts)
  opts = options.only("accept", opts, { timeout = true })
  local connection = self.socket:accept({ nodelay = true }, opts.timeout)
  return connection and ready_made(connection)
end

--- Each connection in turn, for ever.
function Listener:clients()
  return function() return self:accept() end
end

function Listener:close()
  if self.socket then
    self.socket:close()
    self.socket = nil
  end
end
Listener.__close = Listener.close

--- Listens for TCP connections, over IPv4 and IPv6.
---@param ns netlua.Netns
---@param port integer 0: one that is free; see `port`
---@param opts? { ip?: string, backlog?: integer } ip: only at this address
---@return netlua.Listener
function M.listen(ns, port, opts)
  opts = options.only("listen", opts, { ip = true, backlog = true })
  check_port("listen", port, 0)
  local handle <close> = check(ns.core:socket { type = "tcp", ip = opts.ip, port = port, backlog = opts.backlog or 128 })
  local _, bound = check(handle:localname())
  return setmetatable({ socket = adopt(handle), port = bound }, Listener)
end

---@class netlua.Udp
---@field port integer its own
local Udp = {}
Udp.__index = Udp
Udp.__name = "netlua.Udp"

local function ready(handle, events)
  return {
    pollfd = function() return handle:pollfd() end,
    events = function() return events end,
    timeout = function() end,
  }
end

--- Waits for a datagram.
---@param opts? { timeout?: number } seconds; running out gives nil
---@return string? data
---@return string? address whose it is
---@return integer? port
function Udp:receive(opts)
  opts = options.only("receive", opts, { timeout = true })
  local deadline = opts.timeout and core.now() + opts.timeout
  while true do
    local data, address, port = self.handle:receive()
    if data then return data, address, port end
    if data == nil then core.raise(address) end
    local left = deadline and deadline - core.now()
    if left and left <= 0 then return nil end
    step.wait(ready(self.handle, "r"), left)
  end
end

--- Sends a datagram.
---@param data string
---@param to? string|netlua.Netns address, node or name; not needed when the socket is connected
---@param port? integer
function Udp:send(data, to, port)
  local address
  if to ~= nil then
    check_port("send", port, 1)
    address = target.resolve("send", self.ns, to, self.family)
  end
  while not check(self.handle:send(data, address, port)) do step.wait(ready(self.handle, "w")) end
end

function Udp:close() self.handle:close() end
Udp.__close = Udp.close

--- Opens a UDP socket in the node.
---@param ns netlua.Netns
---@param port? integer its own port; nil or 0: one that is free
---@param opts? { ip?: string, to?: string|netlua.Netns, to_port?: integer, family?: "inet"|"inet6" } to: connect it
---@return netlua.Udp
function M.udp(ns, port, opts)
  opts = options.only("udp", opts, { ip = true, to = true, to_port = true, family = true })
  port = port or 0
  check_port("udp", port, 0)
  local remote
  if opts.to then
    check_port("udp", opts.to_port, 1)
    remote = target.resolve("udp", ns, opts.to, opts.family)
  end
  local handle = check(ns.core:socket { type = "udp", ip = opts.ip, port = port, remote_ip = remote, remote_port = opts.to_port })
  local _, bound = check(handle:localname())
  return setmetatable({ ns = ns, handle = handle, port = bound, family = opts.family }, Udp)
end

return M
