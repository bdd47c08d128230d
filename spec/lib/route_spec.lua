-- ns.route: routes, in ip's words and with ip's answers.
local netlua = require "netlua"
local support = require "spec.support"
local answers = require "spec.support.answers"

local function host()
  return support.host { eth0 = { "192.0.2.1/24", "2001:db8::1/64" }, eth1 = { "203.0.113.1/24" } }
end

-- Everything that can be said of a route, once.
local function one_of_everything(ns)
  local R, N = ns.route, ns.nexthop
  R:add("default", { via = "192.0.2.254", src = "192.0.2.1" })
  R:add("default", {
    via = "192.0.2.253", metric = 10, mtu = 1400, lock = { "mtu" }, advmss = 1300, window = 8000, rtt = 0.1,
    rttvar = "50ms", rto_min = 0.2, ssthresh = 3, cwnd = 4, initcwnd = 10, initrwnd = 11, hoplimit = 12,
    reordering = 5, quickack = true, features = "ecn", fastopen_no_cookie = true, congctl = "reno",
  })
  R:add("198.51.100.128/25", { nexthops = {
    { via = "192.0.2.254", weight = 3 }, { via = "198.18.9.9", dev = "eth1", onlink = true }, { dev = "eth1" },
  } })
  R:add("198.18.0.0/24", {
    via = "198.18.9.9", dev = "eth0", onlink = true, proto = "static", table = 1000, tos = "AF11", scope = "site",
  })
  for i, kind in ipairs { "blackhole", "unreachable", "prohibit", "throw" } do
    R:add(("198.18.1.%d/32"):format(i), { type = kind })
  end
  R:add("198.18.2.1", { type = "local", dev = "eth0" })
  R:add("198.18.2.2", { type = "broadcast", dev = "eth0" })
  R:add("198.18.2.3", { type = "anycast", dev = "eth0" })
  R:add("224.1.0.0/16", { type = "multicast", dev = "eth0" })
  R:add("198.18.3.0/24", { via = "2001:db8::99", dev = "eth0" })
  R:add("198.18.3.128/25", { via = { family = "inet6", host = "2001:db8::99" }, dev = "eth0" })
  R:add("198.18.4.0/24", { dev = "eth0", scope = "link", table = "default", realms = 9 })
  R:add("198.18.5.0/24", { dev = "eth0", realms = { from = 3, to = 4 }, dsfield = 0x10 })
  R:add("2001:db8:5::/48", { via = "2001:db8::98", metric = 5, pref = "high", expires = 5000, src = "2001:db8::1" })
  R:append("2001:db8:5::/48", { via = "2001:db8::97", metric = 5 })
  R:add("default", { via = "2001:db8::97" })
  R:add("2001:db8:6::/48", { via = "2001:db8::98", from = "2001:db8:1::/64", pref = "low" })
  R:add("2001:db8:7::/48", { nexthops = { { via = "2001:db8::98", weight = 2 }, { via = "2001:db8::97" } } })
  R:add("2001:db8:8::/48", { type = "unreachable" })
  R:add("default", { family = "inet6", dev = "eth0", table = 77, mtu = 1400 })
  N:add(1, { via = "192.0.2.254", dev = "eth0" })
  N:add(2, { via = "203.0.113.7", dev = "eth1" })
  N:add(3, { blackhole = true })
  N:add(4, { via = "2001:db8::1:1", dev = "eth0" })
  N:add(10, { group = { 1, { id = 2, weight = 5 } } })
  R:add("198.18.8.0/24", { nhid = 10 })
  R:add("198.18.9.0/24", { nhid = 1 })
  R:add("198.18.10.0/24", { nhid = 3 })
  R:add("2001:db8:9::/48", { nhid = 4 })
end

describe("ns.route answers as ip does", function()
  local ns
  before_each(function()
    ns = host()
    one_of_everything(ns)
  end)

  for _, case in ipairs {
    { nil, "" },
    { { family = "inet6" }, "", "-6 " },
    { { table = "all" }, "table all" },
    { { table = "all", family = "inet" }, "table all", "-4 " },
    { { table = "local" }, "table local" },
    { { table = 1000 }, "table 1000" },
    { { table = 77, family = "inet6" }, "table 77", "-6 " },
    { { table = 1000, tos = "AF11" }, "table 1000 tos AF11" },
    { { dev = "eth0" }, "dev eth0" },
    { { dev = "eth0", family = "inet6" }, "dev eth0", "-6 " },
    { { proto = "static", table = "all" }, "table all proto static" },
    { { type = "blackhole" }, "type blackhole" },
    { { scope = "link" }, "scope link" },
    { { via = "192.0.2.254" }, "via 192.0.2.254" },
    { { via = "192.0.2.0/24" }, "via 192.0.2.0/24" },
    { { src = "192.0.2.1" }, "src 192.0.2.1" },
    { { metric = 10 }, "metric 10" },
    { { to_root = "198.18.0.0/15" }, "root 198.18.0.0/15" },
    { { to_match = "198.18.3.9/32" }, "match 198.18.3.9/32" },
    { { to = "198.18.3.0/24" }, "exact 198.18.3.0/24" },
    { { to = "default" }, "default" },
    { { to = "default", family = "inet6" }, "default", "-6 " },
    { { to = "default", table = "all" }, "table all default" },
    { { to_match = "default" }, "match default" },
    { { to_match = "default", table = "all" }, "table all match default" },
    { { to_root = "default" }, "root default" },
    { { to_root = "default", family = "inet6" }, "root default", "-6 " },
    { { from = "default", table = "all" }, "table all from default" },
    { { from = "2001:db8:1::/64", family = "inet6" }, "from 2001:db8:1::/64", "-6 " },
    { { from_root = "2001:db8::/32", family = "inet6" }, "from root 2001:db8::/32", "-6 " },
    { { to_root = "2001:db8::/32" }, "root 2001:db8::/32", "-6 " },
  } do
    it(("to `ip %sroute %s`"):format(case[3] or "", case[2]), function()
      answers.same_soon("route", function() return ns.route:list(case[1]) end, function()
        return support.ip(ns, (case[3] or "") .. "route show " .. case[2])
      end)
    end)
  end

  for _, case in ipairs {
    { "192.0.2.9" },
    { "198.51.100.200", { from = "192.0.2.1", mark = 3, tos = 0x28 }, "from 192.0.2.1 mark 3 tos 0x28" },
    { "198.51.100.200", { fibmatch = true }, "fibmatch" },
    { "198.18.3.4" },
    { "198.18.3.4", { fibmatch = true }, "fibmatch" },
    { "198.18.8.4", { fibmatch = true }, "fibmatch" },
    { "192.0.2.1" },
    { "192.0.2.255" },
    { "192.0.2.9", { iif = "eth1", from = "203.0.113.77" }, "from 203.0.113.77 iif eth1" },
    { "192.0.2.9", { oif = "eth1" }, "oif eth1" },
    { "198.18.9.1", { ipproto = "tcp", sport = 10, dport = 20, uid = 0 }, "ipproto tcp sport 10 dport 20 uid 0" },
    { "198.18.9.1", { ipproto = 17, dsfield = "AF11" }, "ipproto udp dsfield AF11" },
    { "224.1.2.3", { oif = "eth0" }, "oif eth0" },
    { "203.0.113.255" },
    { "2001:db8::77" },
    { "2001:db8:7::1", { fibmatch = true }, "fibmatch" },
    { "2001:db8:5::1", { from = "2001:db8::1" }, "from 2001:db8::1" },
  } do
    it(("to `ip route get %s %s`"):format(case[1], case[3] or ""), function()
      ns:sysctl("net.ipv4.ip_forward", 1)
      answers.same("route", { ns.route:get(case[1], case[2]) },
        support.ip(ns, ("route get %s %s"):format(case[1], case[3] or "")))
    end)
  end
end)

describe("ns.route:add", function()
  it("makes a default route, in the family of the next router", function()
    local ns = host()
    ns.route:add("default", { via = "192.0.2.254" })
    ns.route:add("default", { via = "2001:db8::fe" })
    assert.equal("192.0.2.254", ns.route:get("198.51.100.1").gateway)
    assert.equal("2001:db8::fe", ns.route:get("2001:db8:ff::1").gateway)
  end)

  it("passes on the kernel's refusal with its words", function()
    local ns = host()
    local err = support.raises(function() ns.route:add("default", { via = "198.51.100.1" }) end)
    assert.same({ "ENETUNREACH", "Nexthop has invalid gateway", "route.add", "default via 198.51.100.1", "a" },
      { err.code, err.kernel, err.op, err.subject, err.node })
    assert.matches("route_spec.lua:%d+: a: route.add default via 198.51.100.1: Network is unreachable", tostring(err))
    err = support.raises(ns.route.add, ns.route, "198.51.100.1/24", { dev = "eth0" })
    assert.equal("EINVAL", err.code)
    assert.equal("198.51.100.1/24 dev eth0", err.subject)
  end)

  it("refuses what is there already, and not another metric", function()
    local ns = host()
    ns.route:add("198.51.100.0/24", { dev = "eth0" })
    local err = support.raises(ns.route.add, ns.route, "198.51.100.0/24", { dev = "eth1" })
    assert.equal("EEXIST", err.code)
    ns.route:add("198.51.100.0/24", { dev = "eth1", metric = 5 })
    assert.equal(2, #ns.route:list { to = "198.51.100.0/24" })
  end)

  it("says which link is not there", function()
    local err = support.raises(function() host().route:add("default", { dev = "eth9" }) end)
    assert.same({ "ENODEV", "default dev eth9" }, { err.code, err.subject })
    err = support.raises(function() host().route:add("default", { nexthops = { { dev = "eth9" } } }) end)
    assert.equal("ENODEV", err.code)
  end)

  for number, case in ipairs {
    { "destination", "198.51.100.0/x" },
    { "destination", 7 },
    { "options", "default", "eth0" },
    { "options", "default", { gateway = "192.0.2.254" } },
    { "via", "default", { via = "router" } },
    { "via", "default", { via = { family = "inet6" } } },
    { "via", "default", { via = { family = "inet6", host = "192.0.2.1" } } },
    { "via", "default", { via = "192.0.2.254", nexthops = { { dev = "eth0" } } } },
    { "dev", "default", { dev = "a name that is far too long" } },
    { "src", "198.51.100.0/24", { dev = "eth0", src = "2001:db8::1" } },
    { "from", "198.51.100.0/24", { dev = "eth0", from = "2001:db8::/32" } },
    { "family", "198.51.100.0/24", { dev = "eth0", family = "inet6" } },
    { "family", "default", { dev = "eth0", family = "ipx" } },
    { "type", "default", { type = "sinkhole" } },
    { "table", "default", { table = "mine" } },
    { "table", "default", { table = 0 } },
    { "table", "default", { table = 1 << 32 } },
    { "metric", "default", { metric = -1 } },
    { "metric", "default", { metric = "1" } },
    { "scope", "default", { scope = "world" } },
    { "proto", "default", { proto = "nobody" } },
    { "proto", "default", { proto = 256 } },
    { "tos", "default", { tos = "EXTRA" } },
    { "pref", "default", { pref = "best" } },
    { "nhid", "default", { nhid = 0 } },
    { "onlink", "default", { onlink = 1 } },
    { "rtt", "default", { rtt = "100 parsecs" } },
    { "rtt", "default", { rtt = -1 } },
    { "rtt", "default", { rtt = true } },
    { "features", "default", { features = "ecm" } },
    { "lock", "default", { mtu = 1400, lock = { "advmss" } } },
    { "lock", "default", { mtu = 1400, lock = "mtu" } },
    { "realms", "default", { realms = -1 } },
    { "from", "default", { realms = { from = 1 << 16 } } },
    { "nexthops", "default", { nexthops = {} } },
    { "nexthops", "default", { nexthops = "eth0" } },
    { "nexthops", "default", { nexthops = { "eth0" } } },
    { "weight", "default", { nexthops = { { dev = "eth0", weight = 257 } } } },
    { "weight", "default", { nexthops = { { dev = "eth0", weight = 0 } } } },
    { "options", "default", { nexthops = { { device = "eth0" } } } },
  } do
    it(("names %s, case %d"):format(case[1], number), function()
      local ns = host()
      local err = support.raises(ns.route.add, ns.route, case[2], case[3])
      assert.equal(case[1], err.field)
      assert.equal("route.add", err.op)
    end)
  end

  it("refuses a closed namespace", function()
    local ns = netlua.netns.add "closed"
    ns:close()
    for _, method in ipairs { "add", "replace", "change", "append", "prepend", "del", "get" } do
      local err = support.raises(ns.route[method], ns.route, "192.0.2.1")
      assert.matches("closed netns", err.message)
      assert.equal("route." .. method, err.op)
    end
    assert.matches("closed netns", support.raises(ns.route.list, ns.route).message)
    assert.matches("closed netns", support.raises(ns.route.flush, ns.route, { table = 5 }).message)
  end)
end)

describe("ns.route's other changes", function()
  local ns
  before_each(function() ns = host() end)

  local function ways()
    local list = {}
    for i, route in ipairs(ns.route:list { to = "198.51.100.0/24" }) do list[i] = route.dev end
    return list
  end

  it("replace makes a route and puts another in its place", function()
    ns.route:replace("198.51.100.0/24", { dev = "eth0" })
    ns.route:replace("198.51.100.0/24", { dev = "eth1" })
    assert.same({ "eth1" }, ways())
  end)

  it("change wants it to be there", function()
    local err = support.raises(ns.route.change, ns.route, "198.51.100.0/24", { dev = "eth0" })
    assert.same({ "ENOENT", "route.change" }, { err.code, err.op })
    ns.route:add("198.51.100.0/24", { dev = "eth0" })
    ns.route:change("198.51.100.0/24", { dev = "eth1" })
    assert.same({ "eth1" }, ways())
  end)

  it("append puts it behind, prepend before", function()
    ns.route:add("198.51.100.0/24", { dev = "eth0" })
    ns.route:append("198.51.100.0/24", { dev = "eth1" })
    assert.same({ "eth0", "eth1" }, ways())
    ns.route:flush { to = "198.51.100.0/24" }
    ns.route:add("198.51.100.0/24", { dev = "eth0" })
    ns.route:prepend("198.51.100.0/24", { dev = "eth1" })
    assert.same({ "eth1", "eth0" }, ways())
  end)

  it("del takes the first one that fits, once", function()
    ns.route:add("198.51.100.0/24", { dev = "eth0" })
    ns.route:add("198.51.100.0/24", { dev = "eth1", metric = 5 })
    ns.route:del("198.51.100.0/24", { metric = 5 })
    assert.same({ "eth0" }, ways())
    ns.route:del "198.51.100.0/24"
    local err = support.raises(ns.route.del, ns.route, "198.51.100.0/24")
    assert.same({ "ESRCH", "route.del", "198.51.100.0/24" }, { err.code, err.op, err.subject })
  end)

  it("del finds routes of all types, tables and families", function()
    ns.route:add("198.18.1.0/24", { type = "blackhole" })
    ns.route:del "198.18.1.0/24"
    ns.route:add("198.18.2.1", { type = "local", dev = "eth0" })
    ns.route:del("198.18.2.1", { type = "local" })
    ns.route:add("198.18.3.0/24", { dev = "eth0", table = 1000 })
    assert.equal("ESRCH", support.raises(ns.route.del, ns.route, "198.18.3.0/24").code)
    ns.route:del("198.18.3.0/24", { table = 1000 })
    ns.route:add("2001:db8:5::/48", { dev = "eth0" })
    ns.route:del "2001:db8:5::/48"
    ns.route:add("default", { dev = "eth0", family = "inet6" })
    ns.route:del("default", { family = "inet6" })
  end)
end)

describe("ns.route:flush", function()
  it("takes away what the filter lets through, and says how many there were", function()
    local ns = host()
    one_of_everything(ns)
    assert.equal(1, ns.route:flush { table = 1000 })
    assert.equal(4, ns.route:flush { to_root = "198.18.1.0/24" })
    assert.equal(0, ns.route:flush { to_root = "198.18.1.0/24" })

    assert.is_true(ns.route:flush { table = "all", family = "inet6", proto = "boot" } >= 6)
    for _, route in ipairs(ns.route:list { table = "all", family = "inet6" }) do
      assert.not_equal("boot", route.protocol)
    end

    assert.equal(#ns.route:list(), ns.route:flush { table = "main" })
    assert.same({}, ns.route:list())
  end)

  it("takes away a thousand", function()
    local ns = host()
    for i = 0, 3 do
      for k = 1, 250 do ns.route:add(("198.18.%d.%d"):format(i, k), { dev = "eth0" }) end
    end
    assert.equal(1000, ns.route:flush { to_root = "198.18.0.0/16" })
    assert.same({}, ns.route:list { to_root = "198.18.0.0/16" })
  end)

  it("forgets what was learnt of paths, of IPv4 too", function()
    local ns, router = support.netns "a", support.netns "r"
    ns.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = router } })
    router.link:add("eth1", { type = "veth", peer = "eth2", mtu = 1280 })
    for name, node in pairs { eth0 = ns, eth1 = router, eth2 = router } do node.link:set(name, { up = true }) end
    router.link:set("eth0", { up = true })
    router:sysctl("net.ipv4.ip_forward", 1)
    ns.addr:add("192.0.2.1/24", "eth0")
    router.addr:add("192.0.2.254/24", "eth0")
    router.addr:add("198.51.100.254/24", "eth1")
    ns.route:add("default", { via = "192.0.2.254" })
    local function learnt()
      local route = ns.route:get "198.51.100.1"
      return route.metrics and route.metrics[1].mtu
    end
    ns:ping("198.51.100.1", { count = 1, size = 1400, pmtudisc = "do", timeout = 5 * support.slow })
    assert.equal(1280, learnt())
    ns.route:flush { cache = true, family = "inet6" }
    assert.equal(1280, learnt())
    assert.equal(1, ns.route:flush { cache = true })
    assert.is_nil(learnt())
    assert.equal("options", support.raises(ns.route.flush, ns.route, { cache = true, tabel = 1 }).field)
  end)

  it("wants to be told what", function()
    local ns = host()
    assert.equal("filter", support.raises(ns.route.flush, ns.route).field)
    assert.equal("filter", support.raises(ns.route.flush, ns.route, {}).field)
    assert.matches("unknown key 'tabel'", support.raises(ns.route.flush, ns.route, { tabel = 1 }).message)
  end)
end)

describe("ns.route:list", function()
  it("says so when there is no such table", function()
    local err = support.raises(host().route.list, host().route, { table = 4711 })
    assert.same({ "ENOENT", "table 4711" }, { err.code, err.subject })
  end)

  it("is empty in an empty namespace", function()
    local ns = support.netns "empty"
    assert.same({}, ns.route:list())
  end)

  it("names what it cannot use", function()
    local ns = host()
    for field, filter in pairs {
      table = { table = "some" }, family = { family = "ipx" }, to = { to = "there" }, type = { type = "x" },
      dev = { dev = "" }, proto = { proto = "x" }, scope = { scope = "x" }, via = { via = "x" }, metric = { metric = "x" },
    } do
      assert.equal(field, support.raises(ns.route.list, ns.route, filter).field)
    end
    assert.equal("ENODEV", support.raises(ns.route.list, ns.route, { dev = "eth9" }).code)
  end)
end)

describe("ns.route:get", function()
  it("says what a packet's sender would be told", function()
    local ns = host()
    local err = support.raises(function() ns.route:get "198.51.100.1" end)
    assert.same({ "ENETUNREACH", "route.get", "198.51.100.1" }, { err.code, err.op, err.subject })
    for kind, code in pairs { blackhole = "EINVAL", unreachable = "EHOSTUNREACH", prohibit = "EACCES" } do
      ns.route:replace("198.51.100.0/24", { type = kind })
      assert.equal(code, support.raises(ns.route.get, ns.route, "198.51.100.1").code)
    end
  end)

  it("asks again as a connected socket would", function()
    local ns = host()
    assert.equal("192.0.2.1", ns.route:get("192.0.2.9", { connected = true }).from)
  end)

  it("names what it cannot use", function()
    local ns = host()
    for number, case in ipairs {
      { "destination", "192.0.2.0/24" },
      { "destination", "router" },
      { "from", "192.0.2.9", { from = "2001:db8::1" } },
      { "iif", "192.0.2.9", { iif = "" } },
      { "mark", "192.0.2.9", { mark = -1 } },
      { "ipproto", "192.0.2.9", { ipproto = "carrier pigeon" } },
      { "sport", "192.0.2.9", { sport = 65536 } },
      { "uid", "192.0.2.9", { uid = "root" } },
      { "fibmatch", "192.0.2.9", { fibmatch = 1 } },
      { "options", "192.0.2.9", { source = "192.0.2.1" } },
    } do
      local err = support.raises(ns.route.get, ns.route, case[2], case[3])
      assert.equal(case[1], err.field, "case " .. number)
      assert.equal("route.get", err.op)
    end
    assert.equal("ENODEV", support.raises(ns.route.get, ns.route, "192.0.2.9", { oif = "eth9" }).code)
  end)
end)

describe("ns.route in a VRF", function()
  local function vrf()
    support.need_kind "vrf"
    local ns = host()
    ns.link:add("red", { type = "vrf", table = 10 })
    ns.link:set("red", { up = true })
    ns.link:set("eth1", { master = "red" })
    return ns
  end

  it("stands for its table", function()
    local ns = vrf()
    ns.route:add("198.51.100.0/24", { via = "203.0.113.254", vrf = "red" })
    assert.equal("203.0.113.254", ns.route:list({ table = 10, to = "198.51.100.0/24" })[1].gateway)
    answers.same("route", ns.route:list { vrf = "red" }, support.ip(ns, "route show vrf red"))
    ns.route:replace("198.51.100.0/24", { via = "203.0.113.253", vrf = "red" })
    ns.route:del("198.51.100.0/24", { vrf = "red" })
    assert.same({}, ns.route:list { vrf = "red", to = "198.51.100.0/24" })
    assert.is_true(ns.route:flush { vrf = "red" } > 0)
  end)

  it("is asked for the way of a packet", function()
    local ns = vrf()
    ns.route:add("198.51.100.0/24", { via = "203.0.113.254", vrf = "red" })
    answers.same("route", { ns.route:get("198.51.100.1", { vrf = "red" }) }, support.ip(ns, "route get 198.51.100.1 vrf red"))
    assert.equal("ENETUNREACH", support.raises(ns.route.get, ns.route, "198.51.100.1").code)
  end)
end)

describe("ns.route with names", function()
  it("takes no other link for a VRF", function()
    local ns = host()
    assert.equal("vrf", support.raises(ns.route.add, ns.route, "default", { vrf = "eth0" }).field)
    assert.equal("vrf", support.raises(ns.route.list, ns.route, { vrf = "eth0" }).field)
    assert.equal("ENODEV", support.raises(ns.route.add, ns.route, "default", { vrf = "eth9" }).code)
  end)

  it("takes alternative names of links, long ones too", function()
    local ns = host()
    ns.link:property_add("eth0", "the-way-to-the-world")
    ns.route:add("default", { dev = "the-way-to-the-world" })
    assert.equal("eth0", ns.route:get("198.51.100.1").dev)
    ns.addr:add("192.0.2.7/24", "the-way-to-the-world")
    ns.neigh:add("192.0.2.9", { dev = "the-way-to-the-world", lladdr = "02:00:00:00:00:09" })
    assert.equal("eth0", ns.neigh:list({ to = "192.0.2.9" })[1].dev)
  end)
end)
