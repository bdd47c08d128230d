-- ns.neigh: neighbours and proxies, in ip's words and with ip's answers.
local netlua = require "netlua"
local support = require "spec.support"
local answers = require "spec.support.answers"

local function host()
  return support.host { eth0 = { "192.0.2.1/24", "2001:db8::1/64" } }
end

-- Everything that can be said of a neighbour, once.
local function one_of_everything(ns)
  local N = ns.neigh
  N:add("192.0.2.60", { dev = "eth0", lladdr = "02:00:00:00:00:60" })
  N:add("192.0.2.61", { dev = "eth0", lladdr = "02:00:00:00:00:61", nud = "stale", proto = "static" })
  N:add("192.0.2.62", { dev = "eth0", lladdr = "02:00:00:00:00:62", nud = "reachable", extern_learn = true })
  N:add("192.0.2.63", { dev = "eth0", lladdr = "02:00:00:00:00:63", nud = "noarp" })
  N:add("192.0.2.65", { dev = "eth0", nud = "failed" })
  N:add("192.0.2.66", { dev = "eth0", proxy = true })
  N:add("192.0.2.67", { dev = "eth1", proxy = true, proto = "static" })
  N:add("2001:db8::66", { dev = "eth0", lladdr = "02:00:00:00:00:66", router = true })
  N:add("2001:db8::67", { dev = "eth1", lladdr = "02:00:00:00:00:67", nud = "STALE" })
  N:add("2001:db8::68", { dev = "eth1", proxy = true })
end

describe("ns.neigh answers as ip does", function()
  local ns
  before_each(function()
    ns = host()
    one_of_everything(ns)
    ns.link:add("br0", { type = "bridge" })
    ns.link:add("port", { type = "veth", peer = "far", master = "br0", up = true })
    ns.link:set("far", { up = true })
    ns.neigh:add("192.0.2.90", { dev = "port", lladdr = "02:00:00:00:00:90" })
  end)

  for _, case in ipairs {
    { nil, "neigh" },
    { { family = "inet" }, "-4 neigh" },
    { { family = "inet6" }, "-6 neigh" },
    { { dev = "eth0" }, "neigh show dev eth0" },
    { { nud = "all" }, "neigh show nud all" },
    { { nud = "permanent" }, "neigh show nud permanent" },
    { { nud = { "stale", "failed" } }, "neigh show nud stale nud failed" },
    { { nud = "noarp" }, "neigh show nud noarp" },
    { { proto = "static" }, "neigh show protocol static" },
    { { to = "192.0.2.60/31" }, "neigh show to 192.0.2.60/31" },
    { { proxy = true }, "neigh show proxy" },
    { { unused = true }, "neigh show unused" },
    { { nomaster = true }, "neigh show nomaster" },
    { { master = "br0" }, "neigh show master br0" },
  } do
    it(("to `ip %s`"):format(case[2]), function()
      answers.same_soon("neigh", function() return ns.neigh:list(case[1]) end, function() return support.ip(ns, case[2]) end)
    end)
  end

  it("to `ip -statistics neigh`", function()
    answers.same_soon("neigh", function() return ns.neigh:list { statistics = true } end,
      function() return support.ip(ns, "-s neigh") end)
    local entry = ns.neigh:list({ statistics = true })[1]
    for _, key in ipairs { "used", "confirmed", "updated", "probes" } do assert.equal("integer", math.type(entry[key])) end
  end)

  -- `ip -json neigh get` writes text, so the list has to do.
  it("by get as by list", function()
    local function listed(address, filter)
      return ns.neigh:list { to = address, proxy = filter and filter.proxy }
    end
    answers.same("neigh", { ns.neigh:get("192.0.2.60", { dev = "eth0" }) }, listed "192.0.2.60")
    answers.same("neigh", { ns.neigh:get("2001:db8::66", { dev = "eth0" }) }, listed "2001:db8::66")
    answers.same("neigh", { ns.neigh:get("192.0.2.66", { dev = "eth0", proxy = true }) },
      listed("192.0.2.66", { proxy = true }))
  end)
end)

describe("ns.neigh:add", function()
  it("enters a permanent neighbour, which then is not asked for", function()
    local ns, other = host()
    other.addr:add("192.0.2.2/24", "eth0")
    ns.neigh:add("192.0.2.2", { dev = "eth0", lladdr = other.link:get("eth0").address })
    assert.equal(1, ns:ping("192.0.2.2", { count = 1 }).received)
    assert.same({ "PERMANENT" }, ns.neigh:get("192.0.2.2", { dev = "eth0" }).state)
  end)

  it("lets the kernel look after a neighbour", function()
    local ns, other = host()
    other.addr:add("192.0.2.2/24", "eth0")
    ns.neigh:add("192.0.2.2", { dev = "eth0", managed = true })
    local neigh = netlua.wait.neigh(ns, "192.0.2.2", "reachable")
    assert.same({ true, other.link:get("eth0").address }, { neigh.managed, neigh.lladdr })
  end)

  it("answers for others", function()
    local ns, other = host()
    other.addr:add("192.0.2.2/24", "eth0")
    ns:sysctl("net.ipv4.conf.all.forwarding", 1)
    ns:sysctl("net.ipv4.neigh.eth0.proxy_delay", 0)
    ns.route:add("192.0.2.77/32", { dev = "eth1" })
    ns.neigh:add("192.0.2.77", { dev = "eth0", proxy = true })
    other.neigh:add("192.0.2.77", { dev = "eth0", nud = "none", use = true })
    assert.equal(ns.link:get("eth0").address, netlua.wait.neigh(other, "192.0.2.77", "reachable").lladdr)
  end)

  it("refuses what is there already", function()
    local ns = host()
    ns.neigh:add("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:07" })
    local err = support.raises(function() ns.neigh:add("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:08" }) end)
    assert.same({ "EEXIST", "neigh.add", "192.0.2.7 on eth0" }, { err.code, err.op, err.subject })
    assert.matches("neigh_spec.lua:%d+: a: neigh.add 192.0.2.7 on eth0: File exists", tostring(err))
  end)

  it("passes on the kernel's words", function()
    local ns = host()
    local err = support.raises(ns.neigh.add, ns.neigh, "192.0.2.7", { dev = "eth0" })
    assert.equal("EINVAL", err.code) -- permanent without an address
    err = support.raises(ns.neigh.add, ns.neigh, "192.0.2.7", { dev = "eth9", lladdr = "02:00:00:00:00:07" })
    assert.same({ "ENODEV", "192.0.2.7 on eth9" }, { err.code, err.subject })
  end)

  for number, case in ipairs {
    { "address", "192.0.2.0/24", { dev = "eth0" } },
    { "address", nil, { dev = "eth0" } },
    { "dev", "192.0.2.7", { lladdr = "02:00:00:00:00:07" } },
    { "dev", "192.0.2.7" },
    { "dev", "192.0.2.7", { dev = "a name that is far too long" } },
    { "options", "192.0.2.7", "eth0" },
    { "options", "192.0.2.7", { dev = "eth0", mac = "02:00:00:00:00:07" } },
    { "lladdr", "192.0.2.7", { dev = "eth0", lladdr = "02:00" } },
    { "lladdr", "192.0.2.7", { dev = "eth0", lladdr = 2 } },
    { "nud", "192.0.2.7", { dev = "eth0", nud = "happy" } },
    { "proxy", "192.0.2.7", { dev = "eth0", proxy = 1 } },
    { "proto", "192.0.2.7", { dev = "eth0", proto = "nobody" } },
  } do
    it(("names %s, case %d"):format(case[1], number), function()
      local ns = host()
      local err = support.raises(ns.neigh.add, ns.neigh, case[2], case[3])
      assert.equal(case[1], err.field)
      assert.equal("neigh.add", err.op)
    end)
  end

  it("refuses a closed namespace", function()
    local ns = netlua.netns.add "closed"
    ns:close()
    for _, method in ipairs { "add", "replace", "change", "del", "get" } do
      local err = support.raises(ns.neigh[method], ns.neigh, "192.0.2.7", { dev = "lo" })
      assert.matches("closed netns", err.message)
      assert.equal("neigh." .. method, err.op)
    end
    assert.matches("closed netns", support.raises(ns.neigh.list, ns.neigh).message)
    assert.matches("closed netns", support.raises(ns.neigh.flush, ns.neigh, { dev = "lo" }).message)
  end)
end)

describe("ns.neigh's other changes", function()
  it("replace makes an entry and changes one", function()
    local ns = host()
    ns.neigh:replace("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:07" })
    ns.neigh:replace("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:08" })
    assert.equal("02:00:00:00:00:08", ns.neigh:get("192.0.2.7", { dev = "eth0" }).lladdr)
  end)

  it("change wants it to be there", function()
    local ns = host()
    local opts = { dev = "eth0", lladdr = "02:00:00:00:00:07" }
    assert.equal("ENOENT", support.raises(ns.neigh.change, ns.neigh, "192.0.2.7", opts).code)
    ns.neigh:add("192.0.2.7", opts)
    ns.neigh:change("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:08", nud = "stale" })
    assert.same({ "STALE" }, ns.neigh:get("192.0.2.7", { dev = "eth0" }).state)
  end)

  it("del takes an entry and a proxy, once", function()
    local ns = host()
    ns.neigh:add("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:07" })
    ns.neigh:add("192.0.2.7", { dev = "eth0", proxy = true })
    ns.neigh:del("192.0.2.7", { dev = "eth0" })
    ns.neigh:del("192.0.2.7", { dev = "eth0", proxy = true })
    local err = support.raises(ns.neigh.del, ns.neigh, "192.0.2.7", { dev = "eth0" })
    assert.same({ "ENOENT", "neigh.del", "192.0.2.7 on eth0" }, { err.code, err.op, err.subject })
    err = support.raises(ns.neigh.del, ns.neigh, "192.0.2.7", { dev = "eth0", proxy = true })
    assert.same({ "ENOENT", "proxy 192.0.2.7 on eth0" }, { err.code, err.subject })
    assert.equal("ENOENT", support.raises(ns.neigh.get, ns.neigh, "192.0.2.7", { dev = "eth0" }).code)
  end)
end)

describe("ns.neigh:flush", function()
  it("leaves permanent entries, as ip does, unless told otherwise", function()
    local ns = host()
    one_of_everything(ns)
    ns.neigh:flush { dev = "eth0" }
    local left = {}
    for _, neigh in ipairs(ns.neigh:list { dev = "eth0" }) do left[#left + 1] = neigh.dst end
    table.sort(left)
    assert.same({ "192.0.2.60", "2001:db8::66" }, left)
    assert.equal(2, ns.neigh:flush { dev = "eth0", nud = "permanent" })
    assert.same({}, ns.neigh:list { dev = "eth0" })
    assert.equal(0, ns.neigh:flush { dev = "eth0" })
  end)

  it("takes the proxies when they are meant", function()
    local ns = host()
    one_of_everything(ns)
    assert.equal(3, ns.neigh:flush { proxy = true })
    assert.same({}, ns.neigh:list { proxy = true })
    assert.is_true(#ns.neigh:list() > 0)
  end)

  it("wants to be told what", function()
    local ns = host()
    assert.equal("filter", support.raises(ns.neigh.flush, ns.neigh).field)
    assert.equal("filter", support.raises(ns.neigh.flush, ns.neigh, {}).field)
  end)
end)

describe("ns.neigh:list", function()
  it("names what it cannot use", function()
    local ns = host()
    for field, filter in pairs {
      options = { device = "eth0" }, family = { family = "ipx" }, to = { to = "there" }, nud = { nud = { "happy" } },
      unused = { unused = "yes" }, proto = { proto = {} },
    } do
      assert.equal(field, support.raises(ns.neigh.list, ns.neigh, filter).field)
    end
    assert.equal("ENODEV", support.raises(ns.neigh.list, ns.neigh, { dev = "eth9" }).code)
  end)
end)
