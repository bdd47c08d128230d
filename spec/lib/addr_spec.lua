-- ns.addr: addresses, in ip's words and with ip's answers.
local support = require "spec.support"
local answers = require "spec.support.answers"

-- A namespace with links eth0 and eth1, up, and without addresses of their own accord.
local function host()
  local ns, other = support.netns "a", support.netns "b"
  for _, name in ipairs { "eth0", "eth1" } do
    ns.link:add(name, { type = "veth", peer = { name = name, netns = other } })
    ns:sysctl(("net.ipv6.conf.%s.accept_dad"):format(name), 0)
    ns.link:set(name, { up = true, addrgenmode = "none" })
    other.link:set(name, { up = true })
  end
  return ns
end

-- The addresses of a link as a list.
local function of(ns, dev, filter)
  filter = filter or {}
  filter.dev = dev
  local link = ns.addr:list(filter)[1]
  return link and link.addr_info or {}
end

local function texts(list)
  local found = {}
  for i, addr in ipairs(list) do found[i] = addr["local"] .. "/" .. addr.prefixlen end
  return found
end

-- Everything that can be said of an address, once.
local function one_of_everything(ns)
  local A = ns.addr
  A:add("192.0.2.1/24", "eth0", { broadcast = "+" })
  A:add("192.0.2.2/24", "eth0", { broadcast = "-" })
  A:add("192.0.2.5/24", "eth0", { label = "eth0:5", metric = 50, noprefixroute = true, broadcast = "192.0.2.200" })
  A:add("198.51.100.1", "eth1", { peer = "198.51.100.2/30", scope = "link", valid_lft = 1000, preferred_lft = 500 })
  A:add("203.0.113.5/24", "eth1")
  A:add("198.18.0.1/24", "eth1", { scope = "site" })
  A:add("2001:db8::1/64", "eth0", { nodad = true, home = true, metric = 77 })
  A:add("2001:db8::2/64", "eth0", { optimistic = true, preferred_lft = 0, valid_lft = "forever" })
  A:add("2001:db8:1::1/64", "eth0", { mngtmpaddr = true, valid_lft = 600, nodad = true })
  A:add("2001:db8:1::9", "eth1", { peer = "2001:db8:1::a/127", nodad = true })
  A:add("224.0.0.200/32", "eth1", { autojoin = true })
end

describe("ns.addr answers as ip does", function()
  local ns
  before_each(function()
    ns = host()
    one_of_everything(ns)
    ns.link:set("eth1", { group = 7 })
    ns.link:add("br0", { type = "bridge" })
    ns.link:add("port", { type = "veth", peer = "far", master = "br0" })
    -- Lifetimes are counted down: both answers must come from the same second.
    require("netlua").wait.dad(ns)
  end)

  for _, case in ipairs {
    { "all", nil, "addr" },
    { "IPv4", { family = "inet" }, "-4 addr" },
    { "one link", { dev = "eth0" }, "addr show dev eth0" },
    { "links that are up, by scope", { up = true, scope = "host" }, "addr show up scope host" },
    { "what lies in a prefix", { to = "198.51.100.0/24" }, "addr show to 198.51.100.0/24" },
    { "secondary ones", { dev = "eth0", secondary = true }, "addr show dev eth0 secondary" },
    { "primary ones", { dev = "eth0", primary = true }, "addr show dev eth0 primary" },
    { "dynamic ones", { dynamic = true }, "addr show dynamic" },
    { "permanent ones", { permanent = true }, "addr show permanent" },
    { "deprecated ones", { deprecated = true }, "addr show deprecated" },
    { "a kind of link", { type = "veth" }, "addr show type veth" },
    { "links without a master", { nomaster = true }, "addr show nomaster" },
    { "a group of links", { group = 7 }, "addr show group 7" },
  } do
    it("for " .. case[1], function()
      answers.same_soon("addr", function() return ns.addr:list(case[2]) end, function()
        return support.ip(ns, case[3])
      end)
    end)
  end

  it("for IPv6, of the addresses", function()
    local ours, theirs = ns.addr:list { family = "inet6" }, support.ip(ns, "-6 addr")
    assert.equal(#theirs, #ours)
    for i, link in ipairs(ours) do
      assert.is_nil(answers.differences("addr", link.addr_info, theirs[i].addr_info))
    end
  end)

  it("for a label, of the addresses", function()
    local filter, command = { dev = "eth0", label = "eth0:*" }, "addr show dev eth0 label 'eth0:*'"
    local ours, theirs = ns.addr:list(filter), support.ip(ns, command)
    assert.same({ "192.0.2.5/24" }, texts(ours[1].addr_info))
    assert.is_nil(answers.differences("addr", ours[1].addr_info, theirs[1].addr_info))
  end)

  it("for one link by get", function()
    assert.is_nil(answers.differences("addr", { ns.addr:get "eth1" }, support.ip(ns, "addr show dev eth1")))
  end)
end)

describe("ns.addr:add", function()
  it("sets no broadcast address, as ip does not", function()
    local ns = host()
    ns.addr:add("192.0.2.1/24", "eth0")
    local addr = of(ns, "eth0")[1]
    assert.same({ "192.0.2.1", 24, "global" }, { addr["local"], addr.prefixlen, addr.scope })
    assert.is_nil(addr.broadcast)
  end)

  it("takes an address without a length as a host's", function()
    local ns = host()
    ns.addr:add("192.0.2.1", "eth0")
    ns.addr:add("2001:db8::1", "eth0")
    assert.same({ "192.0.2.1/32", "2001:db8::1/128" }, texts(of(ns, "eth0")))
  end)

  it("has the scope of the loopback for its addresses", function()
    local ns = host()
    ns.addr:add("127.0.0.2/8", "lo")
    assert.equal("host", of(ns, "lo", { to = "127.0.0.2/32" })[1].scope)
  end)

  it("passes on the kernel's refusal with its words", function()
    local ns = host()
    local err = support.raises(function() ns.addr:add("192.0.2.1/40", "eth0") end)
    assert.same({ "EINVAL", "addr.add", "192.0.2.1/40 on eth0", "a" }, { err.code, err.op, err.subject, err.node })
    local text = "addr_spec.lua:%d+: a: addr.add 192.0.2.1/40 on eth0: Invalid argument %(EINVAL%)"
    -- Linux 6.1 has no words for it yet.
    if err.kernel then
      assert.equal("ipv4: Invalid prefix length", err.kernel)
      text = text .. "; kernel: ipv4: Invalid prefix length"
    end
    assert.matches(text .. "$", tostring(err))
  end)

  it("refuses what is there already", function()
    local ns = host()
    ns.addr:add("192.0.2.1/24", "eth0")
    assert.equal("EEXIST", support.raises(ns.addr.add, ns.addr, "192.0.2.1/24", "eth0").code)
    ns.addr:add("2001:db8::1/64", "eth0")
    assert.equal("EEXIST", support.raises(ns.addr.add, ns.addr, "2001:db8::1/64", "eth0").code)
  end)

  it("says which link is not there", function()
    local err = support.raises(function() host().addr:add("192.0.2.1/24", "eth9") end)
    assert.same({ "ENODEV", "192.0.2.1/24 on eth9" }, { err.code, err.subject })
  end)

  for number, case in ipairs {
    { "address", "192.0.2.256/24", "eth0" },
    { "address", 7, "eth0" },
    { "address", "192.0.2.1/24\0", "eth0" },
    { "dev", "192.0.2.1/24", "a name that is far too long" },
    { "dev", "192.0.2.1/24" },
    { "options", "192.0.2.1/24", "eth0", "up" },
    { "options", "192.0.2.1/24", "eth0", { brd = "+" } },
    { "broadcast", "192.0.2.1/24", "eth0", { broadcast = "x" } },
    { "broadcast", "2001:db8::1/64", "eth0", { broadcast = "+" } },
    { "peer", "192.0.2.1/24", "eth0", { peer = "2001:db8::1/64" } },
    { "anycast", "192.0.2.1/24", "eth0", { anycast = "2001:db8::1" } },
    { "scope", "192.0.2.1/24", "eth0", { scope = "world" } },
    { "scope", "192.0.2.1/24", "eth0", { scope = 256 } },
    { "label", "192.0.2.1/24", "eth0", { label = "eth0:0123456789abc" } },
    { "valid_lft", "192.0.2.1/24", "eth0", { valid_lft = 0 } },
    { "valid_lft", "192.0.2.1/24", "eth0", { valid_lft = "never" } },
    { "valid_lft", "192.0.2.1/24", "eth0", { valid_lft = 1.5 } },
    { "preferred_lft", "192.0.2.1/24", "eth0", { valid_lft = 5, preferred_lft = 6 } },
    { "metric", "192.0.2.1/24", "eth0", { metric = -1 } },
    { "proto", "192.0.2.1/24", "eth0", { proto = "nobody" } },
    { "proto", "192.0.2.1/24", "eth0", { proto = "static" } }, -- a route's
    { "nodad", "192.0.2.1/24", "eth0", { nodad = true } },
    { "nodad", "2001:db8::1/64", "eth0", { nodad = "yes" } },
  } do
    it(("names %s, case %d"):format(case[1], number), function()
      local ns = host()
      local err = support.raises(ns.addr.add, ns.addr, case[2], case[3], case[4])
      assert.equal(case[1], err.field)
      assert.equal("addr.add", err.op)
    end)
  end

  it("refuses a closed namespace", function()
    local ns = require("netlua").netns.add "closed"
    ns:close()
    assert.matches("closed netns", support.raises(ns.addr.add, ns.addr, "192.0.2.1/24", "lo").message)
    assert.matches("closed netns", support.raises(ns.addr.list, ns.addr).message)
  end)
end)

describe("ns.addr:replace and change", function()
  it("replace makes an address and changes one", function()
    local ns = host()
    ns.addr:replace("192.0.2.1/24", "eth0")
    ns.addr:replace("192.0.2.1/24", "eth0", { valid_lft = 100 })
    local addr = of(ns, "eth0")[1]
    assert.is_true(addr.valid_life_time <= 100)
    assert.equal(addr.valid_life_time, addr.preferred_life_time)
  end)

  it("change changes one", function()
    local ns = host()
    ns.addr:add("2001:db8::1/64", "eth0", { nodad = true })
    ns.addr:change("2001:db8::1/64", "eth0", { preferred_lft = 0 })
    assert.is_true(of(ns, "eth0")[1].deprecated)
  end)
end)

describe("ns.addr:del", function()
  it("takes an address away, once", function()
    local ns = host()
    ns.addr:add("192.0.2.1/24", "eth0")
    ns.addr:del("192.0.2.1/24", "eth0")
    assert.same({}, of(ns, "eth0"))
    local err = support.raises(ns.addr.del, ns.addr, "192.0.2.1/24", "eth0")
    assert.same({ "EADDRNOTAVAIL", "addr.del" }, { err.code, err.op })
  end)

  it("takes an IPv4 address without a length whatever its length, as ip does", function()
    local ns = host()
    ns.addr:add("192.0.2.1/24", "eth0")
    ns.addr:del("192.0.2.1", "eth0")
    assert.same({}, of(ns, "eth0"))
  end)

  it("looks for the peer that is said, also of an address without a length", function()
    local ns = host()
    ns.addr:add("198.18.0.1", "eth0")
    local err = support.raises(ns.addr.del, ns.addr, "198.18.0.1", "eth0", { peer = "198.51.100.77/30" })
    assert.equal("EADDRNOTAVAIL", err.code)
    ns.addr:del("198.18.0.1", "eth0")
  end)

  it("finds a point-to-point address by its peer", function()
    local ns = host()
    ns.addr:add("192.0.2.1", "eth0", { peer = "198.51.100.1/32" })
    ns.addr:del("192.0.2.1", "eth0", { peer = "198.51.100.1/32" })
    assert.same({}, of(ns, "eth0"))
  end)
end)

describe("ns.addr:flush", function()
  it("takes away what the filter lets through, and says how many there were", function()
    local ns = host()
    one_of_everything(ns)
    assert.equal(3, ns.addr:flush { dev = "eth0", family = "inet" })
    assert.same({ "2001:db8:1::1/64", "2001:db8::2/64", "2001:db8::1/64" }, texts(of(ns, "eth0")))
    assert.equal(1, ns.addr:flush { to = "2001:db8:1::/64", dev = "eth0" })
    assert.equal(2, ns.addr:flush "eth0")
    assert.same({}, of(ns, "eth0"))
    assert.is_true(#of(ns, "eth1") > 0)
    assert.equal(0, ns.addr:flush "eth0")
  end)

  it("counts the secondary addresses that go with their primary one", function()
    local ns = host()
    for i = 1, 20 do ns.addr:add(("192.0.2.%d/24"):format(i), "eth0") end
    assert.equal(20, ns.addr:flush { dev = "eth0" })
  end)

  it("wants to be told what", function()
    local ns = host()
    assert.equal("filter", support.raises(ns.addr.flush, ns.addr).field)
    assert.equal("filter", support.raises(ns.addr.flush, ns.addr, {}).field)
    assert.matches("unknown key 'device'", support.raises(ns.addr.flush, ns.addr, { device = "eth0" }).message)
    assert.equal("ENODEV", support.raises(ns.addr.flush, ns.addr, "eth9").code)
  end)
end)

describe("ns.addr:list", function()
  it("names what it cannot use", function()
    local ns = host()
    assert.matches("unknown key 'device'", support.raises(ns.addr.list, ns.addr, { device = "eth0" }).message)
    assert.equal("family", support.raises(ns.addr.list, ns.addr, { family = "ipx" }).field)
    assert.equal("to", support.raises(ns.addr.list, ns.addr, { to = "here" }).field)
    assert.equal("options", support.raises(ns.addr.list, ns.addr, "eth0").field)
    assert.equal("ENODEV", support.raises(ns.addr.list, ns.addr, { dev = "eth9" }).code)
  end)
end)
