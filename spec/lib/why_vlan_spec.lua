-- netlua.why where wires carry VLANs and routers have VRFs: each verdict beside a ping.
local netlua = require "netlua"
local support = require "spec.support"

local lab, a, s, b

-- a -- s -- b, each with one wire.
before_each(function()
  lab = netlua.lab("vlans", { family = "inet" })
  a, s, b = lab:host "a", lab:switch "s", lab:host "b"
  lab:link(a, s)
  lab:link(s, b)
  lab:build()
end)
after_each(function() lab:close() end)

local function pings(to)
  return a:ping(to, { count = 1, timeout = 0.3 * support.slow }).received == 1
end

local function ends(to, verdict, at, text)
  local account = netlua.why(a, to)
  assert.equal(verdict, account.verdict, tostring(account))
  assert.equal(at, account.at.name)
  assert.matches(text, account.sentence, 1, true)
  assert.is_false(pings(to))
end

local function reaches(to)
  local account = netlua.why(a, to)
  assert.is_true(account.ok, tostring(account))
  assert.is_true(pings(to))
end

describe("netlua.why, links that carry one VLAN", function()
  local function tagged(node, id, address)
    node.link:add("vlan" .. id, { type = "vlan", link = "eth0", id = id, up = true })
    node.addr:add(address, "vlan" .. id)
  end

  it("go together", function()
    support.need_kind "vlan"
    tagged(a, 5, "192.0.2.1/24")
    tagged(b, 5, "192.0.2.2/24")
    reaches "192.0.2.2"
  end)

  it("of two numbers do not", function()
    support.need_kind "vlan"
    tagged(a, 5, "192.0.2.1/24")
    tagged(b, 6, "192.0.2.2/24")
    ends("192.0.2.2", "another VLAN", "b", "frames come to eth0 with tag 5, and vlan6 takes those with 6")
  end)

  it("do not hear what has no tag", function()
    support.need_kind "vlan"
    tagged(b, 6, "192.0.2.2/24")
    a.addr:add("192.0.2.1/24", "eth0")
    -- b's other interface hears the question and takes the packet: its answer goes by the VLAN.
    ends("192.0.2.2", "another VLAN", "a", "frames come to eth0 with tag 6, and eth0 takes those without")
    b:sysctl("net.ipv4.conf.all.arp_ignore", 1)
    a.neigh:flush { dev = "eth0" }
    ends("192.0.2.2", "another VLAN", "b", "frames come to eth0 without a tag, and vlan6 takes those with 6")
  end)
end)

describe("netlua.why, a switch that knows VLANs", function()
  local function filter()
    local ok, err = pcall(s.link.set, s.link, "br0", { vlan_filtering = true })
    support.need(ok or err.code ~= "EOPNOTSUPP", "this kernel's bridge has no vlan_filtering")
  end

  it("forwards within one", function()
    filter()
    reaches(b)
    for _, port in ipairs { "eth0", "eth1" } do s.vlan:add(7, port, { pvid = true, untagged = true }) end
    reaches(b)
  end)

  it("keeps ports of two apart", function()
    filter()
    s.vlan:add(7, "eth0", { pvid = true, untagged = true })
    ends(b, "switch does not forward", "s", "its port eth1 is not in VLAN 7")
  end)

  it("takes nothing untagged without a PVID", function()
    filter()
    s.vlan:del(1, "eth0")
    ends(b, "switch does not forward", "s", "its port eth0 takes no untagged frames (no PVID)")
  end)

  it("gives a trunk the tag", function()
    filter()
    support.need_kind "vlan"
    s.vlan:add(7, "eth0", { pvid = true, untagged = true })
    s.vlan:add(7, "eth1")
    b.link:add("vlan7", { type = "vlan", link = "eth0", id = 7, up = true })
    b.addr:add("192.0.2.2/24", "vlan7")
    a.addr:add("192.0.2.1/24", "eth0")
    reaches "192.0.2.2"
  end)
end)

describe("netlua.why, a VRF", function()
  it("has the routes of its own table only", function()
    support.need_kind "vrf"
    local r, far = lab:router "r", lab:host "far"
    lab:link(r, s)
    lab:link(r, far, { net = "198.51.100.0/24" })
    a.route:replace("default", { via = r:addr_of "eth0" })
    reaches(far)
    r.link:add("red", { type = "vrf", table = 10, up = true })
    r.link:set("eth0", { master = "red" })
    local account = netlua.why(a, far)
    assert.is_false(account.ok)
    assert.equal("r", account.at.name)
    assert.is_false(pings(far))
    r.link:set("eth1", { master = "red" })
    reaches(far)
  end)
end)
