-- Traffic made here, captured, and held against the real tcpdump reading the same file.
local support = require "spec.support"
local packet = require "netlua.packet"
local root_it = support.root_it

local function pair()
  local a, b = support.netns "a", support.netns "b"
  a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
  for _, ns in ipairs { a, b } do ns.link:set("eth0", { up = true, addrgenmode = "none" }) end
  a.addr:add("192.0.2.1/24", "eth0")
  b.addr:add("192.0.2.2/24", "eth0")
  a.addr:add("2001:db8::1/64", "eth0", { nodad = true })
  b.addr:add("2001:db8::2/64", "eth0", { nodad = true })
  return a, b
end

local function tcpdump(path, options)
  return support.sh(("%s -n %s -r %s 2>/dev/null"):format(support.tcpdump, options, support.quote(path))).out
end

-- The capture's packets as lines in each form, against tcpdump's of the file that the capture saves.
local function same_as_tcpdump(capture)
  support.need(support.has "tcpdump", "no tcpdump to compare with")
  local path = os.tmpname()
  capture:save(path)
  local packets = capture:packets()
  for options, form in pairs { [""] = {}, ["-e"] = { e = true }, ["-v"] = { v = true } } do
    assert.equal(tcpdump(path, options), table.concat(packet.lines(packets, form), "\n") .. "\n")
  end
  os.remove(path)
  return packets
end

describe("lines of live traffic are tcpdump's", function()
  root_it("for ping and neighbour discovery, both versions", function()
    local a, b = pair()
    local capture <close> = b:capture("eth0")
    a:ping("192.0.2.2", { count = 2, interval = 0.01 })
    a:ping("2001:db8::2", { count = 2, interval = 0.01 })
    capture:stop()
    same_as_tcpdump(capture)
  end)

  root_it("for refused ports, unreachable hosts and probes of all kinds", function()
    local a, b = pair()
    b:sysctl("net.ipv4.ip_forward", 1)
    a.route:add("default", { via = "192.0.2.2" })
    local capture <close> = b:capture("eth0")
    a:traceroute("192.0.2.2", { max_ttl = 2 })
    a:traceroute("192.0.2.2", { max_ttl = 2, method = "tcp" })
    a:traceroute("2001:db8::2", { max_ttl = 2 })
    a:traceroute("198.51.100.1", { max_ttl = 2, wait = 0.2 })
    capture:stop()
    same_as_tcpdump(capture)
  end)

  root_it("for a TCP connection that says something", function()
    support.need(support.has "python3", "no python3 to talk TCP")
    local a, b = pair()
    local capture <close> = b:capture("eth0", "tcp")
    local server = b:spawn { "python3", "-c", [[
import socket
s = socket.create_server(("192.0.2.2", 7777))
c, _ = s.accept()
while c.recv(65536): pass
c.sendall(b"x" * 100000)
c.close()]] }
    server:wait_port(7777)
    a:run { "python3", "-c", [[
import socket
c = socket.create_connection(("192.0.2.2", 7777))
c.sendall(b"y" * 20000)
c.shutdown(socket.SHUT_WR)
while c.recv(65536): pass]] }
    server:wait()
    capture:stop()
    local packets = same_as_tcpdump(capture)
    assert(#packets > 8)
  end)
end)
