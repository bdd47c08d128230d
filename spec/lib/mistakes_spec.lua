-- What people type by mistake: the message names what was wrong, and what was meant.
local netlua = require "netlua"
local support = require "spec.support"

local function says(wanted, f, ...)
  local err = support.raises(f, ...)
  assert.equal("EINVAL", err.code)
  assert.matches(wanted, tostring(err), 1, true)
end

describe("a mistake", function()
  local lab, a, b
  before_each(function()
    lab = netlua.lab("mistakes", { family = "inet" })
    a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    lab:build()
  end)
  after_each(function() lab:close() end)

  it("in an option's key is set right, where some key is near", function()
    says("ping: options: unknown key 'cuont': did you mean 'count'?", a.ping, a, b, { cuont = 1 })
    says("lab.link: options: unknown key 'mtuu': did you mean 'mtu'?", lab.link, lab, a, b, { mtuu = 1500 })
    says("run: options: unknown key 'strem': did you mean 'stream'?", a.run, a, { "true" }, { strem = true })
    says("link.set: mtuu: is no option of a veth: did you mean 'mtu'?", a.link.set, a.link, "eth0", { mtuu = 1 })
    says("link.set: mtuu: is no option of any link: did you mean 'mtu'?", a.link.set, a.link, "lo", { mtuu = 1 })
    says("link.add: vlan_filter: is no option of a bridge: did you mean 'vlan_filtering'?", a.link.add, a.link, "br0",
      { type = "bridge", vlan_filter = true })
  end)

  it("in an option's key lists the keys, where none is near", function()
    says("lab.host: options: unknown key 'forward'; known: gateway, persist, sysctl", lab.host, lab, "c", { forward = true })
    says("ping: options: unknown key 'df'; known: source, interface, ttl, ", a.ping, a, b, { df = true })
    says("ping: options: unknown key 1; known: source, ", a.ping, a, b, { 3 })
  end)

  it("in calling a method with a dot is named", function()
    says("link.set: self: is missing: a method is called with a colon, ns.link:set(…)", a.link.set, "eth0", { up = true })
    says("route.list: self: is missing: a method is called with a colon, ns.route:list(…)", a.route.list)
    says("ns.ping: self: is missing: a method is called with a colon, ns:ping(…)", a.ping, "192.0.2.1")
    says("ns.sysctl: self: is missing: a method is called with a colon, ns:sysctl(…)", a.sysctl, "net.ipv4.ip_forward")
    says("lab.link: self: is missing: a method is called with a colon, lab:link(…)", lab.link, a, b)
    says("lab.build: self: is missing: a method is called with a colon, lab:build(…)", lab.build)
    local capture <close> = a:capture "eth0"
    says("capture.packets: self: is missing: a method is called with a colon, capture:packets(…)", capture.packets)
    local program <close> = a:spawn { "true" }
    says("proc.wait: self: is missing: a method is called with a colon, proc:wait(…)", program.wait)
  end)

  it("in what is no option table is named, and a time that is none", function()
    local program <close> = a:spawn { "sleep", "1000" }
    says("wait: options: expected a table, got 1", program.wait, program, 1)
    says("wait: options: unknown key 'timout': did you mean 'timeout'?", program.wait, program, { timout = 1 })
    says("wait_port: timeout: expected seconds from 0 on, got 1s", program.wait_port, program, 80, { timeout = "1s" })
    says("wait_output: options: expected a table, got 5", program.wait_output, program, "x", 5)
    says("run: options: expected a table, got 5", a.run, a, { "true" }, 5)
    local listener <close> = a:listen(0)
    says("accept: options: expected a table, got 0.1", listener.accept, listener, 0.1)
    says("listen: options: expected a table, got 0.0.0.0", a.listen, a, 80, "0.0.0.0")
    local socket = a:udp(0)
    says("receive: timeout: expected seconds from 0 on, got -1", socket.receive, socket, { timeout = -1 })
    socket:close()
    says("why: proto: expected icmp, tcp or udp, got tpc", netlua.why, a, b, { proto = "tpc", port = 80 })
    assert.equal("nobody listens", netlua.why(a, b, { port = 80 }).verdict)
  end)

  it("in a subnet names the form that it has", function()
    for _, net in ipairs { "198.51.100.0", "198.51.100.0/33", "2001:db8::/129", "2001:db8::" } do
      says("lab.link: net: expected a prefix like 192.0.2.0/24, got '" .. net .. "'", lab.link, lab, a, b, { net = net })
    end
  end)

  it("in the order of calls is named: the lab is not built, or gone", function()
    local other <close> = netlua.lab "other"
    local c, d = other:host "c", other:host "d"
    other:link(c, d)
    says("ping: target: d is not there: lab 'other' has not been built", c.ping, c, d)
    other:close()
    says("ping: target: d is not there: lab 'other' is closed", c.ping, c, d)
  end)

  it("in a node names what is expected", function()
    says("lab.node: name: expected a node or its name, got nothing", lab.link, lab, a)
    says("ping_all: pairs: expected a list of { from =, to = }, got a lab (lab:ping_all pings every pair)", netlua.ping_all, lab)
  end)
end)

describe("a node without an address", function()
  it("goes by its name in the account", function()
    local lab <close> = netlua.lab "lonely"
    local a, b, c = lab:host "a", lab:host "b", lab:host "c"
    lab:link(a, b)
    lab:build()
    assert.matches("^a %-> c\n  c  it has no IP address\n", tostring(netlua.why(a, c)))
    assert.matches("^c %-> 198.18.0.1\n  c  it has no IPv4 address\n", tostring(netlua.why(c, a)))
  end)
end)

describe("a capture's text", function()
  it("counts what has crossed until now", function()
    local lab <close> = netlua.lab("counts", { family = "inet" })
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    lab:build()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping(b)
    assert.equal("capture of eth0 in b, 2 packets", tostring(capture))
  end)
end)
