-- ns.nexthop: nexthop objects and groups, in ip's words and with ip's answers.
local netlua = require "netlua"
local support = require "spec.support"
local answers = require "spec.support.answers"

local function host()
  return support.host { eth0 = { "192.0.2.1/24", "2001:db8::1/64" }, eth1 = { "203.0.113.1/24" } }
end

-- Everything that can be said of a nexthop object, once.
local function one_of_everything(ns)
  local N = ns.nexthop
  N:add(1, { via = "192.0.2.254", dev = "eth0" })
  N:add(2, { via = "198.18.0.9", dev = "eth1", onlink = true, proto = "static" })
  N:add(3, { blackhole = true })
  N:add(4, { via = "2001:db8::1:1", dev = "eth0" })
  N:add(5, { dev = "eth1" })
  N:add(6, { dev = "eth0", family = "inet6" })
  N:add(7, { via = "203.0.113.9", dev = "eth1" })
  N:add(10, { group = { 1, { id = 2, weight = 5 } } })
  N:add(11, {
    group = { { id = 1, weight = 2 }, { id = 2 } }, type = "resilient", buckets = 32, idle_timer = 60, unbalanced_timer = 300,
  })
  N:add(12, { group = { 1, 7 }, type = "mpath", proto = "bgp" })
  N:add(20, { via = "192.0.2.77", fdb = true })
  N:add(21, { group = { 20 }, fdb = true })
end

describe("ns.nexthop answers as ip does", function()
  local ns
  before_each(function()
    ns = host()
    one_of_everything(ns)
  end)

  for _, case in ipairs {
    { nil, "nexthop" },
    { { groups = true }, "nexthop list groups" },
    { { dev = "eth0" }, "nexthop list dev eth0" },
    { { fdb = true }, "nexthop list fdb" },
    { { proto = "bgp" }, "nexthop list protocol 186" },
    { { family = "inet6" }, "-6 nexthop" },
  } do
    it(("to `ip %s`"):format(case[2]), function()
      answers.same_soon("nexthop", function() return ns.nexthop:list(case[1]) end, function()
        return support.ip(ns, case[2])
      end)
    end)
  end

  it("to `ip nexthop get`", function()
    for _, id in ipairs { 1, 3, 4, 10, 21 } do
      answers.same("nexthop", { ns.nexthop:get(id) }, support.ip(ns, "nexthop get id " .. id))
    end
  end)
end)

describe("ns.nexthop", function()
  it("is shared by routes, which follow its changes", function()
    local ns = host()
    ns.nexthop:add(1, { via = "192.0.2.254", dev = "eth0" })
    ns.route:add("198.51.100.0/24", { nhid = 1 })
    assert.equal("192.0.2.254", ns.route:get("198.51.100.1").gateway)
    ns.nexthop:replace(1, { via = "203.0.113.254", dev = "eth1" })
    assert.equal("203.0.113.254", ns.route:get("198.51.100.1").gateway)
    ns.nexthop:del(1)
    assert.same({}, ns.route:list { to = "198.51.100.0/24" })
  end)

  it("refuses a number that is taken, and one that is not there", function()
    local ns = host()
    ns.nexthop:add(1, { blackhole = true })
    local err = support.raises(function() ns.nexthop:add(1, { blackhole = true }) end)
    assert.same({ "EEXIST", "nexthop.add", "id 1" }, { err.code, err.op, err.subject })
    assert.matches("nexthop_spec.lua:%d+: a: nexthop.add id 1: File exists", tostring(err))
    ns.nexthop:replace(1, { via = "192.0.2.9", dev = "eth0" })
    ns.nexthop:del(1)
    err = support.raises(ns.nexthop.del, ns.nexthop, 1)
    assert.same({ "ENOENT", "nexthop.del" }, { err.code, err.op })
    err = support.raises(ns.nexthop.get, ns.nexthop, 1)
    assert.same({ "ENOENT", "nexthop.get" }, { err.code, err.op })
  end)

  it("passes on the kernel's words", function()
    local ns = host()
    local err = support.raises(ns.nexthop.add, ns.nexthop, 1, { via = "198.18.0.1", dev = "eth0" })
    assert.same({ "ENETUNREACH", "Nexthop has invalid gateway" }, { err.code, err.kernel })
    err = support.raises(ns.nexthop.add, ns.nexthop, 1, { group = { 77 } })
    assert.same({ "EINVAL", "Invalid nexthop id" }, { err.code, err.kernel })
    err = support.raises(ns.nexthop.add, ns.nexthop, 1, { dev = "eth9" })
    assert.same({ "ENODEV", "id 1 dev eth9" }, { err.code, err.subject })
  end)

  for number, case in ipairs {
    { "id", nil, { blackhole = true } },
    { "id", 0, { blackhole = true } },
    { "id", "1", { blackhole = true } },
    { "options", 1, "blackhole" },
    { "options", 1, { gateway = "192.0.2.9" } },
    { "via", 1, { via = "router" } },
    { "family", 1, { via = "192.0.2.9", family = "inet6" } },
    { "dev", 1, { dev = "" } },
    { "group", 1, { group = {} } },
    { "group", 1, { group = "1/2" } },
    { "group", 1, { group = { "1" } } },
    { "group", 1, { group = { { weight = 1 } } } },
    { "weight", 1, { group = { { id = 1, weight = 257 } } } },
    { "options", 1, { group = { { id = 1, wieght = 2 } } } },
    { "type", 1, { group = { 1 }, type = "random" } },
    { "type", 1, { group = { 1 }, buckets = 8 } },
    { "buckets", 1, { group = { 1 }, type = "resilient", buckets = 0 } },
    { "idle_timer", 1, { group = { 1 }, type = "resilient", idle_timer = -1 } },
    { "blackhole", 1, { blackhole = "yes" } },
  } do
    it(("names %s, case %d"):format(case[1], number), function()
      local ns = host()
      local err = support.raises(ns.nexthop.add, ns.nexthop, case[2], case[3])
      assert.equal(case[1], err.field)
      assert.equal("nexthop.add", err.op)
    end)
  end

  it("flushes what the filter lets through, or all", function()
    local ns = host()
    one_of_everything(ns)
    assert.equal(1, ns.nexthop:flush { proto = "bgp" })
    assert.is_true(ns.nexthop:flush { dev = "eth1" } >= 3)
    local count = #ns.nexthop:list()
    assert.is_true(count > 0)
    assert.equal(count, ns.nexthop:flush())
    assert.same({}, ns.nexthop:list())
    assert.equal(0, ns.nexthop:flush())
  end)

  it("refuses a closed namespace", function()
    local ns = netlua.netns.add "closed"
    ns:close()
    for _, method in ipairs { "add", "replace", "del", "get" } do
      local err = support.raises(ns.nexthop[method], ns.nexthop, 1)
      assert.matches("closed netns", err.message)
      assert.equal("nexthop." .. method, err.op)
    end
    assert.matches("closed netns", support.raises(ns.nexthop.list, ns.nexthop).message)
    assert.matches("closed netns", support.raises(ns.nexthop.flush, ns.nexthop).message)
  end)
end)
