-- netlua.lab: declared networks, their addresses and routes, built in one go.
local netlua = require "netlua"
local support = require "spec.support"

local function pings(from, to, family)
  return from:ping(to, { count = 1, timeout = support.slow, family = family }).received == 1
end

local function route_set(node, ...)
  local set = {}
  for _, r in ipairs(support.ip_json(node, ...)) do
    if r.gateway then set[r.dst] = r.gateway end
  end
  return set
end

describe("netlua.lab", function()
  it("builds hosts, a switch and routers that reach each other in both families", function()
    local lab <close> = netlua.lab "office"
    local pc, switch = lab:host "tokyo-pc", lab:switch "floor-switch"
    local r1, r2, server = lab:router "r1", lab:router "r2", lab:host "server"
    lab:link(pc, switch)
    lab:link(switch, r1, { net = "192.0.2.0/24" })
    lab:link(r1, r2)
    lab:link(r2, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" } })
    lab:build()
    assert.equal("192.0.2.1", pc:addr_of "eth0")
    assert.equal("192.0.2.254", r1:addr_of "eth0")
    assert.equal("198.51.100.254", r2:addr_of "eth1")
    assert.equal("2001:db8:2::1", server:addr_of("eth0", "inet6"))
    assert.is_true(pings(pc, server))
    assert.is_true(pings(pc, server, "inet6"))
    assert.is_true(pings(server, pc))
    assert.same({ default = "192.0.2.254" }, route_set(pc, "route"))
    assert.same({ ["198.51.100.0/24"] = "198.18.0.2" }, route_set(r1, "route"))
  end)

  it("carries the first packet", function()
    local late = 0
    for _ = 1, 30 do
      local lab <close> = netlua.lab("first", { family = "inet" })
      local a, b = lab:host "a", lab:host "b"
      lab:link(a, b)
      lab:build()
      local r = a:ping(b, { count = 1, timeout = 5 * support.slow })
      assert.equal(1, r.received)
      -- Who was asked for in vain is asked for again after a second. One may be late because the machine is busy.
      if r.max > 0.9 then late = late + 1 end
    end
    assert.is_true(late <= 1, late .. " of 30 were late")
  end)

  it("takes any names, long and foreign ones too", function()
    local lab <close> = netlua.lab "names"
    local a, b = lab:host "東京のパソコン", lab:host(("x"):rep(127))
    lab:link(a, b)
    lab:build()
    assert.is_true(pings(a, b))
  end)

  it("counts hosts from 1 and routers from the top, and on links between routers from 1", function()
    local lab <close> = netlua.lab "numbers"
    local s, h1, h2, r1, r2 = lab:switch "s", lab:host "h1", lab:host "h2", lab:router "r1", lab:router "r2"
    for _, n in ipairs { h1, h2, r1, r2 } do lab:link(n, s, n == h1 and { net = "203.0.113.0/24" } or nil) end
    lab:link(r1, r2, { net = "192.0.2.0/30" })
    lab:check()
    assert.equal("203.0.113.1 203.0.113.2 203.0.113.254 203.0.113.253", table.concat({
      h1:addr_of "eth0", h2:addr_of "eth0", r1:addr_of "eth0", r2:addr_of "eth0" }, " "))
    assert.equal("192.0.2.1", r1:addr_of "eth1")
    assert.equal("192.0.2.2", r2:addr_of "eth1")
  end)

  it("gives the addresses that were asked for", function()
    local lab <close> = netlua.lab "given"
    local a, b = lab:host "a", lab:router "b"
    lab:link(a, b, { addr = { "192.0.2.77/24", { "192.0.2.254/24", "2001:db8:7::1/64" } }, mtu = 1400,
                     ifname = { "wan0" }, mac = { "02:00:00:00:aa:01" } })
    lab:build()
    local link = a.link:get "wan0"
    assert.equal(1400, link.mtu)
    assert.equal("02:00:00:00:aa:01", link.address)
    assert.equal("192.0.2.77", a:addr_of "wan0")
    assert.equal("2001:db8:7::2", a:addr_of("wan0", "inet6"))
    assert.is_true(pings(a, b))
  end)

  it("leaves routes alone when asked to", function()
    local lab <close> = netlua.lab("bare", { routes = false, family = "inet" })
    local a, r, b = lab:host "a", lab:router "r", lab:host "b"
    lab:link(a, r)
    lab:link(r, b)
    lab:build()
    assert.same({}, route_set(a, "route"))
    assert.equal("ENETUNREACH", a:ping(b, { count = 1 }).error.code)
  end)

  it("uses one family only when asked to", function()
    local lab <close> = netlua.lab("six", { family = "inet6" })
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    lab:build()
    assert.is_nil(a:addr_of("eth0", "inet"))
    assert.is_true(pings(a, b, "inet6"))
  end)

  it("lets a host choose its gateway, or have none", function()
    local lab <close> = netlua.lab "gateways"
    local s, r1, r2 = lab:switch "s", lab:router "r1", lab:router "r2"
    local a = lab:host("a", { gateway = "192.0.2.253" })
    local b = lab:host("b", { gateway = false })
    for _, n in ipairs { r1, r2, a, b } do lab:link(n, s, n == r1 and { net = "192.0.2.0/24" } or nil) end
    lab:build()
    assert.same({ default = "192.0.2.253" }, route_set(a, "route"))
    assert.same({}, route_set(b, "route"))
  end)

  it("keeps tables small in a long chain, and everybody still reaches everybody", function()
    local lab <close> = netlua.lab("chain", { family = "inet" })
    local first = lab:host "first"
    local before, middle = first, nil
    for i = 1, 80 do
      local r = lab:router("r" .. i)
      lab:link(before, r)
      if i == 40 then middle = r end
      before = r
    end
    local last = lab:host "last"
    lab:link(before, last)
    lab:build()
    local count = 0
    for _ in pairs(route_set(middle, "route")) do count = count + 1 end
    assert.is_true(count < 20, count .. " routes in the middle of 81 subnets")
    assert.is_true(pings(first, last))
  end)

  it("sends a host with two wires the shorter way", function()
    local lab <close> = netlua.lab("two", { family = "inet" })
    local h, r1, r2, r3 = lab:host "h", lab:router "r1", lab:router "r2", lab:router "r3"
    local near, far = lab:host "near", lab:host "far"
    lab:link(h, r1)
    lab:link(h, r2)
    lab:link(r1, near, { net = "192.0.2.0/24" })
    lab:link(r2, r3, { net = "203.0.113.0/24" })
    lab:link(r3, far, { net = "198.51.100.0/24" })
    lab:build()
    local through2 = r2:addr_of "eth0"
    assert.same({ default = r1:addr_of "eth0", ["203.0.113.0/24"] = through2, ["198.51.100.0/24"] = through2 },
      route_set(h, "route"))
    assert.is_true(pings(h, far))
    assert.is_true(pings(h, near))
    assert.is_false((pcall(r1.route.get, r1.route, far:address()))) -- a host forwards nothing
  end)

  it("computes tables from numbers that are checked", function()
    local core = require "netlua.core"
    local function family(change)
      local f = { left = { 0, 0, 1 }, right = { 0, 0, 2 }, of = { 1, 2 }, usable = { true, true } }
      for key, value in pairs(change or {}) do f[key] = value end
      return f
    end
    -- Node 1 is on segment 1, node 2 forwards between both.
    assert.same({ { { 2, 1 } }, { {} } }, core.paths({ { 1 }, { 1, 2 } }, { { 1 }, { 2 } }, { 2, 2 }, { family() }, 64))
    assert.same({ { { 2, 1 } }, { {} } }, core.paths({ { 1 }, { 1, 2 } }, { { 1 }, { 2 } }, { 2, 2 }, { family() }, 0))
    assert.same({}, core.paths({}, {}, {}, {}, 64))
    for _, wrong in ipairs {
      { { { 3 } }, { {}, {} }, {}, {} }, { { { 0 } }, { {} }, {}, {} }, { { {} }, { { 1 } }, {}, {} },
      { { {} }, { { 1 } }, { 2 }, {} }, { { { 1.5 } }, { {} }, {}, {} },
      { {}, { {}, {} }, {}, { family { left = { 0, 0, 3 }, usable = {} } } },
      { {}, { {}, {} }, {}, { family { left = { 0, 0, 0 }, usable = {} } } },
      { {}, { {}, {} }, {}, { family { right = { 0, 0 }, usable = {} } } },
      { {}, { {}, {} }, {}, { family { of = { 1, 4 }, usable = {} } } },
      { {}, { {} }, {}, { family { usable = {} } } },
      { {}, { {}, {} }, {}, { family() } },
    } do
      assert.error_matches(function() core.paths(wrong[1], wrong[2], wrong[3], wrong[4], 64) end, "lab.paths: ", 1, true)
    end
  end)

  it("starts every node with the same sysctls", function()
    local lab <close> = netlua.lab "baseline"
    local h, r = lab:host("h", { sysctl = { ["net.ipv4.ip_default_ttl"] = 33 } }), lab:router "r"
    lab:link(h, r)
    lab:build()
    assert.equal("0", h:sysctl "net.ipv4.ip_forward")
    assert.equal("1", r:sysctl "net.ipv4.ip_forward")
    assert.equal("1", r:sysctl "net.ipv6.conf.all.forwarding")
    assert.equal("0", r:sysctl "net.ipv4.conf.all.rp_filter")
    assert.equal("0", h:sysctl "net.ipv6.conf.eth0.accept_ra")
    assert.equal("0", h:sysctl "net.ipv4.icmp_ratelimit")
    assert.equal("33", h:sysctl "net.ipv4.ip_default_ttl")
  end)

  it("is all or nothing: a refused step leaves no namespace", function()
    local lab = netlua.lab "refused"
    local a, b = lab:host("a", { sysctl = { ["net.ipv4.no_such_thing"] = 1 } }), lab:host "b"
    lab:link(a, b)
    local before = support.snapshot()
    local ok, err = pcall(lab.build, lab)
    assert.is_false(ok)
    assert.equal("ENOENT", err.code)
    assert.matches("net.ipv4.no_such_thing = 1 in a", tostring(err), 1, true)
    assert.is_nil(support.leaks_since(before))
    assert.is_nil(rawget(a, "core"))
  end)

  it("names the step and the node that the kernel refused", function()
    local lab = netlua.lab("no-gateway", { family = "inet" })
    local a, b = lab:host("a", { gateway = "192.0.2.255" }), lab:host "b" -- a broadcast address is nobody's
    lab:link(a, b, { net = "192.0.2.0/24" })
    local ok, err = pcall(lab.build, lab)
    assert.is_false(ok)
    assert.equal("EINVAL", err.code)
    assert.matches("route.add default via 192.0.2.255 in a: Invalid argument", tostring(err), 1, true)
  end)

  it("says that a node is not there before the lab is built, and after it is closed", function()
    local lab = netlua.lab "early"
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    assert.error_matches(function() return a.link:list() end, "has not been built", 1, true)
    lab:build()
    lab:close()
    lab:close()
    assert.error_matches(function() return a.link:list() end, "closed netns", 1, true)
  end)

  local function misuse(what, text)
    local ok, err = pcall(what)
    assert.is_false(ok)
    assert.matches(text, tostring(err), 1, true)
    assert.matches("lab_spec.lua:%d+: ", tostring(err))
  end

  it("refuses misuse with the field and the value", function()
    local lab <close> = netlua.lab "misuse"
    local a, b = lab:host "a", lab:host "b"
    misuse(function() lab:host "a" end, "name: 'a' is there already")
    misuse(function() netlua.lab(("x"):rep(128)) end, "lab: name: expected a name of 1 to 127 bytes")
    misuse(function() netlua.lab "a\nb" end, "lab: name: expected a name of 1 to 127 bytes")
    misuse(function() lab:host(7) end, "lab.host: name: expected a name")
    misuse(function() lab:host("c", { gate = 1 }) end, "unknown key 'gate'")
    misuse(function() lab:link(a, a) end, "a cannot be linked to itself")
    misuse(function() lab:link(a, "nobody") end, "'misuse' has no node 'nobody'")
    misuse(function() lab:link(a, b, { net = "192.0.2.0/x" }) end, "net: expected a prefix like 192.0.2.0/24, got '192.0.2.0/x'")
    misuse(function() lab:link(a, b, { mtu = 10 }) end, "mtu: expected an integer from 68 to 65535, got 10")
    misuse(function() lab:link(a, b, { ifname = { "a-name-of-sixteen" } }) end, "ifname: 'a-name-of-sixteen'")
    for _, name in ipairs { "lo", ".", "all", "eth%d", "a b" } do
      misuse(function() lab:link(a, b, { ifname = { nil, name } }) end, "ifname: '" .. name .. "' is no interface name")
    end
    misuse(function() lab:link(a, b, { ifname = { 7 } }) end, "ifname: '7' is no interface name")
    misuse(function() lab:link(lab:switch "s", b, { ifname = { "br0" } }) end, "s has an interface 'br0' already")
    misuse(function() lab:link(a, b, { mac = { "zz" } }) end, "mac: expected an address like 02:00:00:00:00:01, got zz")
    misuse(function() lab:link(a, b, { mac = { nil, "01:00:00:00:00:01" } }) end, "01:00:00:00:00:01 is no station's address")
    misuse(function() lab:link(a, b, { addr = { "192.0.2.1/33" } }) end, "a prefix of that family has at most 32 bits")
    misuse(function() lab:link(a, b, { addr = { { "192.0.2.1/24", "192.0.2.2/24" } } }) end,
      "addr: 192.0.2.1/24 and 192.0.2.2/24 for one interface")
    misuse(function() netlua.lab("x", { pool = "192.0.2.0/33" }) end, "pool: expected a prefix, got '192.0.2.0/33'")
    misuse(function() netlua.lab("x", { pool = "192.0.2.1/24" }) end, "did you mean 192.0.2.0/24?")
    misuse(function() netlua.lab("x", { family = "ipx" }) end, "family: expected inet or inet6, got 'ipx'")
    misuse(function() a:addr_of "eth9" end, "a has no interface 'eth9'")
    -- Nothing half declared is left of all these.
    lab:link(a, b)
    lab:build()
    assert.equal("eth0", a.ifaces[1].name)
    assert.is_true(pings(a, b))
  end)

  it("names interfaces around those that have been named", function()
    local lab <close> = netlua.lab "names"
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b, { ifname = { "eth1" } })
    lab:link(a, b)
    lab:build()
    assert.same({ "eth1", "eth2" }, { a.ifaces[1].name, a.ifaces[2].name })
    assert.is_true(pings(a, b))
  end)
end)

describe("lab:check", function()
  -- Builds a lab with fn and gives the problems that stop it, as one text.
  local function problems(fn)
    local lab = netlua.lab "checked"
    fn(lab)
    local ok, err = pcall(lab.build, lab)
    assert.is_false(ok)
    assert.equal("EINVAL", err.code)
    return tostring(err)
  end

  it("notices the notes' /23 facing a /24", function()
    local text = problems(function(lab)
      lab:link(lab:host "ns1", lab:router "router", { addr = { "192.0.2.1/24", "192.0.2.254/23" } })
    end)
    assert.matches("two prefix lengths on one link: 192.0.2.1/24 on eth0 of ns1", text, 1, true)
    assert.matches("lab_spec.lua:%d+", text)
  end)

  it("notices an address that is given twice", function()
    assert.matches("192.0.2.9 is given twice: to eth0 of a", problems(function(lab)
      lab:link(lab:host "a", lab:host "b", { addr = { "192.0.2.9/24", "192.0.2.9/24" } })
    end), 1, true)
  end)

  it("notices overlapping subnets", function()
    assert.matches("overlapping subnets: 192.0.2.0/24", problems(function(lab)
      local r = lab:router "r"
      lab:link(r, lab:host "a", { net = "192.0.2.0/24" })
      lab:link(r, lab:host "b", { net = "192.0.2.128/25" })
    end), 1, true)
  end)

  it("notices two subnets on one wire, and bits behind a prefix", function()
    assert.matches("two subnets on one wire: 192.0.2.0/24", problems(function(lab)
      local s = lab:switch "s"
      lab:link(s, lab:host "a", { net = "192.0.2.0/24" })
      lab:link(s, lab:host "b", { net = "203.0.113.0/24" })
    end), 1, true)
    assert.matches("net 192.0.2.1/24 has bits behind its prefix: did you mean 192.0.2.0/24?", problems(function(lab)
      lab:link(lab:host "a", lab:host "b", { net = "192.0.2.1/24" })
    end), 1, true)
  end)

  it("notices a gateway that is on none of the host's links, or its own", function()
    assert.matches("gateway 198.51.100.1 of a is on none of its links", problems(function(lab)
      lab:link(lab:host("a", { gateway = "198.51.100.1" }), lab:router "r", { net = "192.0.2.0/24" })
    end), 1, true)
    assert.matches("gateway 192.0.2.1 of a is its own address", problems(function(lab)
      lab:link(lab:host("a", { gateway = "192.0.2.1" }), lab:router "r", { net = "192.0.2.0/24" })
    end), 1, true)
  end)

  it("takes a node for the next router of a route", function()
    local lab <close> = netlua.lab("via", { routes = false })
    local a, r, b = lab:host "a", lab:router "r", lab:host "b"
    lab:link(a, r)
    lab:link(r, b)
    lab:build()
    a.route:add("default", { via = r })
    a.route:add("default", { via = r, family = "inet6" })
    b.route:add("192.0.2.0/24", { via = r })
    b.route:replace("2001:db8:9::/64", { via = r })
    assert.equal(r:addr_of "eth0", a.route:get("192.0.2.1").gateway)
    assert.equal(r:addr_of("eth0", "inet6"), a.route:get("2001:db8:9::1").gateway)
    assert.equal(r:addr_of "eth1", b.route:get("192.0.2.1").gateway)
    assert.equal(r:addr_of("eth1", "inet6"), b.route:get("2001:db8:9::1").gateway)
    local lonely = lab:host "lonely"
    assert.matches("route.add: target: lonely has no IPv4 address", support.raises(a.route.add, a.route, "192.0.2.0/24",
      { via = lonely }), 1, true)
  end)

  it("notices a loop of switches, unless they speak STP", function()
    local function triangle(lab, opts)
      local s1, s2, s3 = lab:switch("s1", opts), lab:switch("s2", opts), lab:switch("s3", opts)
      lab:link(s1, s2)
      lab:link(s2, s3)
      lab:link(s3, s1)
    end
    assert.matches("s3 and s1 are in a loop of switches without STP", problems(triangle), 1, true)
    local lab <close> = netlua.lab "stp"
    triangle(lab, { stp = true })
    lab:build()
    assert.equal(1, support.ip_json(lab:node "s1", "-details", "link", "show", "br0")[1].linkinfo.info_data.stp_state)
  end)

  it("notices addresses that nobody can have", function()
    for addr, what in pairs {
      ["224.0.0.1/24"] = "a group's address", ["127.0.0.2/8"] = "a loopback address", ["0.0.0.1/24"] = "an address of no network",
      ["192.0.2.0/24"] = "the network's own address", ["192.0.2.255/24"] = "the subnet's broadcast address",
      ["ff02::1/64"] = "a group's address", ["::1/64"] = "no address of a wire",
    } do
      assert.matches(addr .. " on eth0 of a .*lab_spec.lua:%d+.* is " .. what, problems(function(lab)
        lab:link(lab:host "a", lab:host "b", { addr = { addr } })
      end))
    end
    local lab <close> = netlua.lab("two", { family = "inet" })
    lab:link(lab:host "a", lab:host "b", { net = "192.0.2.0/31" })
    lab:build()
    assert.is_true(pings(lab:node "a", lab:node "b"))
  end)

  it("notices what is given for a family that the lab has not", function()
    local lab = netlua.lab("four", { family = "inet" })
    lab:link(lab:host("a", { gateway = "2001:db8::fe" }), lab:host "b", { addr = { "2001:db8::1/64" }, net = "2001:db8::/64" })
    local text = tostring(select(2, pcall(lab.build, lab)))
    for _, what in ipairs { "net 2001:db8::/64", "gateway 2001:db8::fe of a", "2001:db8::1/64 on eth0 of a (" } do
      assert.matches(what, text, 1, true)
    end
    assert.matches(': the lab has no IPv6 (family = "inet")', text, 1, true)
  end)

  it("notices an MTU that IPv6 cannot live with", function()
    assert.matches("MTU 1279 on eth1 of b %(.*lab_spec.lua:%d+%) is too small for IPv6, which needs 1280", problems(function(lab)
      lab:link(lab:host "a", lab:switch "b", { mtu = 1280 })
      lab:link(lab:host "c", "b", { mtu = { 1280, 1279 } })
    end))
    local lab <close> = netlua.lab("four", { family = "inet" })
    lab:link(lab:host "a", lab:host "b", { mtu = 68 })
    lab:link(lab:switch "s", lab:host "c", { mtu = 1000 })
    lab:build()
    assert.is_true(pings(lab:node "a", lab:node "b"))
  end)

  it("warns of one hardware address at two places of a wire", function()
    local lab = netlua.lab "twins"
    local s = lab:switch "s"
    for _, name in ipairs { "a", "b" } do lab:link(lab:host(name), s, { mac = { "02:00:00:00:00:aa" } }) end
    lab:check()
    assert.matches("^02:00:00:00:00:aa is given twice on one wire: to eth0 of a .* and to eth0 of b", lab.warnings[1].message)
  end)

  it("draws subnets around those that are given", function()
    local lab = netlua.lab("around", { family = "inet", pool = "192.0.2.0/24" })
    local r = lab:router "r"
    for _, net in ipairs { false, "192.0.2.4/30", false, "192.0.2.12/30", "192.0.2.16/28", false } do
      lab:link(r, lab:host("h" .. #lab.nodes), { net = net or nil })
    end
    lab:check()
    local nets = {}
    for i, iface in ipairs(r.ifaces) do nets[i] = r:addr_of(iface.name) .. "/" .. iface.addrs.inet.length end
    assert.same({ "192.0.2.2/30", "192.0.2.6/30", "192.0.2.10/30", "192.0.2.14/30", "192.0.2.30/28", "192.0.2.34/30" }, nets)
  end)

  it("warns of different MTUs on one wire, with the line", function()
    local lab = netlua.lab "mtu"
    lab:link(lab:host "a", lab:host "b", { mtu = { 1500, 1400 } })
    lab:check()
    assert.equal(1, #lab.warnings)
    assert.matches("MTU 1500 on eth0 of a .* faces 1400 on eth0 of b", lab.warnings[1].message)
    assert.matches("lab_spec.lua:%d+", lab.warnings[1].where)
  end)

  it("says when a subnet or a pool is full", function()
    assert.matches("no free address left in 192.0.2.0/30", problems(function(lab)
      local s = lab:switch "s"
      for i = 1, 3 do lab:link(s, lab:host("h" .. i), i == 1 and { net = "192.0.2.0/30" } or nil) end
    end), 1, true)
    local lab = netlua.lab("pool", { pool = "192.0.2.0/29" })
    local r = lab:router "r"
    for i = 1, 3 do lab:link(r, lab:host("h" .. i)) end
    assert.error_matches(function() lab:build() end, "no free /30 left in the pool 192.0.2.0/29", 1, true)
  end)
end)
