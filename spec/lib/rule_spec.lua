-- ns.rule: routing policy, in ip's words and with ip's answers.
local netlua = require "netlua"
local support = require "spec.support"
local answers = require "spec.support.answers"

-- Everything that can be said of a rule, once. Of users only root: an ordinary user's namespace has no other.
local function one_of_everything(ns)
  local R = ns.rule
  R:add { from = "192.0.2.0/24", table = 1000, priority = 100 }
  R:add { to = "198.51.100.0/24", from = "192.0.2.7", ["not"] = true, fwmark = "0x1/0xff", priority = 101, proto = "static" }
  R:add { iif = "eth0", oif = "nosuch", type = "blackhole", pref = 102, tos = 0x10 }
  R:add { ["goto"] = 200, priority = 103 }
  R:add { ["goto"] = 104, priority = 99, from = "all" }
  R:add { type = "nop", priority = 104 }
  R:add {
    ipproto = "tcp", sport = "10-20", dport = 80, uidrange = "0-0", lookup = 77, suppress_prefixlength = 0,
    suppress_ifgroup = 5, priority = 105,
  }
  R:add { l3mdev = true, priority = 106 }
  R:add { fwmark = 9, realms = 5, action = "prohibit", priority = 107 }
  R:add { iif = "lo", fwmark = 1, fwmask = 3, realms = 0x30004, ipproto = 47, table = "default", priority = 108 }
  R:add { uidrange = 0, sport = 53, dport = "1-65534", tun_id = 12345, priority = 109 }
  R:add { from = "2001:db8::/32", type = "unreachable", priority = 108 }
  R:add { family = "inet6", to = "2001:db8::1", ipproto = "udp", sport = 53 }
end

describe("ns.rule:list answers as ip does", function()
  for _, case in ipairs {
    { nil, "rule" },
    { { family = "inet6" }, "-6 rule" },
    { { table = 1000 }, "rule list table 1000" },
    { { priority = 105 }, "rule list priority 105" },
    { { from = "192.0.2.0/24" }, "rule list from 192.0.2.0/24" },
    { { to = "198.51.100.0/24" }, "rule list to 198.51.100.0/24" },
    { { iif = "eth0" }, "rule list iif eth0" },
    { { oif = "nosuch" }, "rule list oif nosuch" },
    { { ["not"] = true }, "rule list not" },
    { { fwmark = "0x1/0xff" }, "rule list fwmark 0x1/0xff" },
    { { fwmark = 9 }, "rule list fwmark 9" },
    { { tos = 0x10 }, "rule list tos 0x10" },
    { { l3mdev = true }, "rule list l3mdev" },
    { { uidrange = "0-0" }, "rule list uidrange 0-0" },
    { { ipproto = "tcp" }, "rule list ipproto tcp" },
    { { sport = "10-20" }, "rule list sport 10-20" },
    { { dport = 80 }, "rule list dport 80" },
    { { tun_id = 12345 }, "rule list tun_id 12345" },
  } do
    it(("to `ip %s`"):format(case[2]), function()
      local ns = support.netns "a"
      one_of_everything(ns)
      answers.same("rule", ns.rule:list(case[1]), support.ip(ns, case[2]))
    end)
  end
end)

describe("ns.rule:add", function()
  it("sends packets to another table", function()
    local ns = support.netns "a"
    ns.link:add("eth0", { type = "veth", peer = "eth1" })
    ns.link:set("eth0", { up = true })
    ns.link:set("eth1", { up = true })
    ns.addr:add("192.0.2.1/24", "eth0")
    ns.addr:add("203.0.113.1/24", "eth1")
    ns.route:add("default", { via = "192.0.2.254" })
    ns.route:add("default", { via = "203.0.113.254", table = 100 })
    ns.rule:add { fwmark = 7, table = 100 }
    assert.equal("192.0.2.254", ns.route:get("198.51.100.1").gateway)
    assert.equal("203.0.113.254", ns.route:get("198.51.100.1", { mark = 7 }).gateway)
  end)

  it("stands before the rules that are there, unless told otherwise", function()
    local ns = support.netns "a"
    ns.rule:add { from = "192.0.2.0/24", table = 5 }
    assert.equal(32765, ns.rule:list({ table = 5 })[1].priority)
  end)

  it("refuses what is there already", function()
    local ns = support.netns "a"
    ns.rule:add { from = "192.0.2.0/24", table = 5, priority = 9 }
    local err = support.raises(function() ns.rule:add { from = "192.0.2.0/24", table = 5, priority = 9 } end)
    assert.same({ "EEXIST", "rule.add", "priority 9 from 192.0.2.0/24 table 5" }, { err.code, err.op, err.subject })
    assert.matches("rule_spec.lua:%d+: a: rule.add priority 9 from 192.0.2.0/24 table 5: File exists", tostring(err))
  end)

  it("passes on the kernel's words", function()
    local ns = support.netns "a"
    local err = support.raises(ns.rule.add, ns.rule, { from = "192.0.2.1/40" })
    assert.equal("EINVAL", err.code)
    err = support.raises(ns.rule.add, ns.rule, { ["goto"] = 5, priority = 9 })
    assert.equal("EINVAL", err.code)
    assert.matches("goto", err.kernel)
  end)

  for number, case in ipairs {
    { "rule" },
    { "rule", {} },
    { "rule", "from all" },
    { "options", { source = "192.0.2.0/24" } },
    { "from", { from = "here" } },
    { "to", { to = 7 } },
    { "to", { from = "192.0.2.0/24", to = "2001:db8::/32" } },
    { "family", { from = "192.0.2.0/24", family = "inet6" } },
    { "priority", { priority = -1 } },
    { "pref", { pref = "first" } },
    { "table", { table = "mine" } },
    { "lookup", { lookup = {} } },
    { "fwmark", { fwmark = "one" } },
    { "fwmark", { fwmark = "1/two" } },
    { "fwmark", { fwmark = "1/" } },
    { "fwmark", { fwmark = "1/ 2" } },
    { "fwmark", { fwmark = "/2" } },
    { "fwmark", { fwmark = "" } },
    { "fwmark", { fwmark = "0x100000000" } },
    { "fwmark", { fwmark = -1 } },
    { "iif", { iif = "a name that is far too long" } },
    { "oif", { oif = "a/b" } },
    { "uidrange", { uidrange = "9-1" } },
    { "uidrange", { uidrange = "root" } },
    { "sport", { sport = "1-65536" } },
    { "dport", { dport = "1-2-3" } },
    { "dport", { dport = -1 } },
    { "ipproto", { ipproto = "carrier pigeon" } },
    { "ipproto", { ipproto = 256 } },
    { "goto", { ["goto"] = 0 } },
    { "type", { type = "sinkhole" } },
    { "action", { action = "local" } },
    { "not", { ["not"] = "yes" } },
    { "l3mdev", { l3mdev = true, table = 5 } },
    { "suppress_prefixlength", { suppress_prefixlength = 129 } },
    { "tos", { tos = "EXTRA" } },
    { "proto", { proto = "nobody" } },
  } do
    it(("names %s, case %d"):format(case[1], number), function()
      local ns = support.netns "a"
      local err = support.raises(ns.rule.add, ns.rule, case[2])
      assert.equal(case[1], err.field)
      assert.equal("rule.add", err.op)
      assert.equal(3, #ns.rule:list())
    end)
  end

  it("refuses a closed namespace", function()
    local ns = netlua.netns.add "closed"
    ns:close()
    for _, method in ipairs { "add", "del", "list", "flush" } do
      local err = support.raises(ns.rule[method], ns.rule, { table = 5 })
      assert.matches("closed netns", err.message)
      assert.equal("rule." .. method, err.op)
    end
  end)
end)

describe("ns.rule:del", function()
  it("takes the first one that fits, once", function()
    local ns = support.netns "a"
    ns.rule:add { from = "192.0.2.0/24", table = 5, priority = 9 }
    ns.rule:add { from = "192.0.2.0/24", table = 6, priority = 10 }
    ns.rule:del { from = "192.0.2.0/24" }
    assert.equal("6", ns.rule:list({ from = "192.0.2.0/24" })[1].table)
    ns.rule:del { priority = 10 }
    local err = support.raises(ns.rule.del, ns.rule, { priority = 10 })
    assert.same({ "ENOENT", "rule.del", "priority 10 from all" }, { err.code, err.op, err.subject })
  end)

  it("takes what add has made, said in the same words", function()
    local ns = support.netns "a"
    local rules = {
      { to = "198.51.100.0/24", from = "192.0.2.7", ["not"] = true, fwmark = "0x1/0xff" },
      { iif = "eth0", type = "blackhole" }, { ipproto = "tcp", sport = "10-20", dport = 80, table = 1000 },
      { family = "inet6", to = "2001:db8::/32", table = 7 }, { l3mdev = true }, { uidrange = "0-0", realms = 3 },
    }
    for _, rule in ipairs(rules) do ns.rule:add(rule) end
    for _, rule in ipairs(rules) do ns.rule:del(rule) end
    assert.equal(3, #ns.rule:list())
    assert.equal(2, #ns.rule:list { family = "inet6" })
  end)
end)

describe("ns.rule:flush", function()
  it("takes away what the filter lets through, and says how many there were", function()
    local ns = support.netns "a"
    one_of_everything(ns)
    assert.equal(1, ns.rule:flush { proto = "static" })
    assert.equal(1, ns.rule:flush { table = 1000 })
    assert.equal(0, ns.rule:flush { table = 1000 })
  end)

  it("without a filter leaves the local table's, as ip does", function()
    local ns = support.netns "a"
    one_of_everything(ns)
    local count = #ns.rule:list()
    assert.equal(count - 1, ns.rule:flush())
    local left = ns.rule:list()
    assert.same({ 1, 0, "local" }, { #left, left[1].priority, left[1].table })
    assert.is_true(#ns.rule:list { family = "inet6" } > 2)
  end)
end)
