-- A lab that runs: nodes and links that come, go, are cut and mended.
local netlua = require "netlua"
local support = require "spec.support"

local function pings(from, to, family)
  return from:ping(to, { count = 1, timeout = 0.5 * support.slow, family = family }).received == 1
end

describe("a running lab", function()
  local lab, a, r, b, left, right

  before_each(function()
    lab = netlua.lab "running"
    a, r, b = lab:host "a", lab:router "r", lab:host "b"
    left, right = lab:link(a, r), lab:link(r, b)
    lab:build()
  end)
  after_each(function() lab:close() end)

  it("loses a cut wire and gets everything back when it is mended", function()
    assert.is_true(pings(a, b))
    right:cut()
    assert.is_false(pings(a, b))
    assert.equal("DOWN", b.link:get("eth0").operstate)
    right:mend()
    assert.is_true(pings(a, b))
    assert.is_true(pings(a, b, "inet6"))
    assert.is_true(pings(b, a, "inet6"))
    left:cut()
    left:mend()
    assert.is_true(pings(a, b, "inet6"))
  end)

  it("takes a wire that is whole for mended, and a cut one for cut", function()
    right:mend()
    left:mend()
    right:cut()
    right:cut()
    right:mend()
    right:mend()
    assert.is_true(pings(a, b))
    assert.is_true(pings(a, b, "inet6"))
  end)

  it("takes new nodes and links; addresses that were given stay", function()
    local before = b:addr_of "eth0"
    local r2, c = lab:router "r2", lab:host "c"
    lab:link(r, r2)
    lab:link(r2, c)
    assert.equal(before, b:addr_of "eth0")
    assert.is_true(pings(a, c))
    assert.is_true(pings(c, b, "inet6"))
  end)

  it("takes a new host at a new switch", function()
    local s, d = lab:switch "s", lab:host "d"
    lab:link(s, r)
    lab:link(s, d)
    assert.is_true(pings(d, b))
  end)

  it("takes nodes and links away, and routes with them", function()
    lab:remove(b)
    assert.is_nil(lab.by_name.b)
    assert.equal(1, #r.ifaces)
    assert.is_true(pings(a, r))
    lab:remove(left)
    assert.error_matches(function() left:cut() end, "has been taken away", 1, true)
    -- Where tunnel modules are loaded every namespace has devices of the kernel's own.
    for _, link in ipairs(a.link:list()) do assert.not_equal("eth0", link.ifname) end
  end)

  it("survives a route that the script has taken away itself", function()
    local r2, c = lab:router "r2", lab:host "c"
    local link = lab:link(r, r2)
    lab:link(r2, c)
    r:run { "ip", "route", "flush", "root", "198.18.0.0/15", "proto", "boot" }
    lab:remove(c)
    link:remove()
    assert.is_true(pings(a, b))
  end)

  it("refuses a link that does not fit, and is as it was", function()
    local ok, err = pcall(lab.link, lab, a, b, { net = "198.18.0.0/16" })
    assert.is_false(ok)
    assert.matches("overlapping subnets", tostring(err), 1, true)
    assert.equal(2, #lab.links)
    assert.equal(1, #a.ifaces)
    assert.is_true(pings(a, b))
  end)

  it("leaves nothing of a link or a node that the kernel refuses", function()
    local c = lab:host "c"
    local function counts() return #a.link:list() .. #a.ifaces .. #c.link:list() .. #c.ifaces .. #lab.nodes .. #lab.links end
    local before = counts()
    -- Its name is taken: what has it stays.
    c.link:add("eth0", { type = "veth", peer = "other" })
    assert.is_false(pcall(lab.link, lab, a, c))
    c.link:del "eth0"
    assert.equal(before, counts())
    -- The wire is made, an address is not.
    c:sysctl("net.ipv6.conf.default.disable_ipv6", 1)
    local ok, err = pcall(lab.link, lab, a, c)
    assert.is_false(ok)
    assert.equal("EACCES", err.code) -- newer kernels say why: IPv6 is disabled on this device
    assert.is_false(pcall(lab.host, lab, "d", { sysctl = { ["net.ipv4.no_such_thing"] = 1 } }))
    assert.is_false(pcall(lab.node, lab, "d"))
    assert.equal(before, counts())
    local d = lab:host "d"
    lab:link(d, r)
    assert.is_true(pings(d, a))
  end)

  it("lets go of a host's link though its gateway was there", function()
    local h = lab:host("h", { gateway = "192.0.2.254" })
    local link = lab:link(h, r, { addr = { "192.0.2.1/24", "192.0.2.254/24" } })
    assert.is_true(pings(h, b))
    link:remove()
    assert.equal(0, #h.ifaces)
    assert.is_true(pings(a, b))
    lab:remove(h)
    assert.equal(2, lab:count "host")
  end)

  it("lets go of what the script has taken away by its own hand", function()
    b.link:del "eth0"
    right:remove()
    assert.is_true(pings(a, r))
    local c, d = lab:host "c", lab:host "d"
    lab:link(c, r)
    lab:link(d, r)
    c.link:del "eth0"
    lab:remove(c)
    d:close()
    lab:remove(d)
    assert.equal(3, #lab.nodes)
    assert.is_true(pings(a, r, "inet6"))
  end)

  it("takes a switch away with all that hangs on it", function()
    local s = lab:switch "s"
    lab:link(s, r)
    local hosts = {}
    for i = 1, 5 do
      hosts[i] = lab:host("h" .. i)
      lab:link(s, hosts[i])
    end
    assert.is_true(pings(hosts[1], b))
    lab:remove(s)
    assert.equal(2, #lab.links)
    assert.equal(0, #hosts[1].ifaces)
    assert.is_true(pings(a, b))
    lab:link(hosts[1], r)
    assert.is_true(pings(hosts[1], b))
  end)

  it("knows what is gone", function()
    lab:remove(b)
    assert.error_matches(function() lab:remove(b) end, "lab.node: name: b has been taken away", 1, true)
    assert.error_matches(function() lab:link(a, b) end, "lab.node: name: b has been taken away", 1, true)
    assert.error_matches(function() right:remove() end, "it has been taken away", 1, true)
    assert.equal(1, lab:count "host")
  end)

  it("tells programs that run about new names", function()
    local first = a:run { "cat", "/etc/hosts" }.stdout
    assert.not_matches("newcomer", first, 1, true)
    local n = lab:host "newcomer"
    lab:link(n, r)
    assert.matches(n:addr_of "eth0" .. "\tnewcomer", a:run({ "cat", "/etc/hosts" }).stdout, 1, true)
  end)
end)
