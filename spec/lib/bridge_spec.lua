-- ns.fdb and ns.vlan: the words of bridge(8), and its answers.
local support = require "spec.support"
local answers = require "spec.support.answers"
local netlua = require "netlua"
local core = netlua.core
local cjson = require "cjson"

local function bridge(ns, arguments)
  local run = support.inside(ns, "bridge -j " .. arguments)
  assert.equal(0, run.code, run.out)
  return run.out:match "^%s*$" and {} or cjson.decode(run.out)
end

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

-- Ages run on between two answers.
local function ageless(list)
  for _, entry in ipairs(list) do
    if entry.used then entry.used, entry.updated = 0, 0 end
  end
  return list
end

local function same_fdb(ns)
  answers.same("fdb", ageless(ns.fdb:list()), ageless(bridge(ns, "-s fdb show")))
end

local function find(list, mac, ifname)
  for _, entry in ipairs(list) do
    if entry.mac == mac and (not ifname or entry.ifname == ifname) then return entry end
  end
end

-- A bridge with two ports up, and a vxlan.
local function stage()
  local ns = support.netns "bridge"
  ns.link:add("br", { type = "bridge", address = "02:00:00:00:00:20", addrgenmode = "none", up = true,
    mcast_snooping = false })
  for i = 1, 2 do
    ns.link:add("p" .. i, { type = "veth", addrgenmode = "none", peer = { name = "far" .. i, addrgenmode = "none" } })
    ns.link:set("p" .. i, { master = "br", up = true })
    ns.link:set("far" .. i, { up = true })
  end
  -- A port takes no entries before its carrier is noticed.
  local deadline = netlua.now() + 5 * support.slow
  for i = 1, 2 do
    repeat
      local state = ns.link:get("p" .. i).linkinfo.info_slave_data.state
      assert(netlua.now() < deadline, "p" .. i .. " is still " .. state)
    until state == "forwarding"
  end
  ns.link:add("vx", { type = "vxlan", id = 7, dstport = 4789, addrgenmode = "none" })
  return ns
end

describe("fdb", function()
  local mac = "02:00:00:00:01:01"

  it("add, replace and del in a bridge, in every state", function()
    local ns = stage()
    ns.fdb:add(mac, "p1", { master = true, static = true })
    ns.fdb:add("02:00:00:00:01:02", "p1", { master = true, dynamic = true })
    ns.fdb:add("02:00:00:00:01:03", "p2", { master = true, permanent = true })
    ns.fdb:add("02:00:00:00:01:04", "p2", { master = true, temp = true, sticky = true })
    ns.fdb:add("02:00:00:00:01:05", "p2", { master = true, extern_learn = true })
    ns.fdb:add("02:00:00:00:01:06", "br", { self = true, ["local"] = true })
    ns.fdb:add("33:33:00:00:00:99", "p1")
    same_fdb(ns)
    local entry = find(ns.fdb:list(), mac, "p1")
    assert.equal("static", entry.state)
    assert.equal("br", entry.master)
    assert.same({ "sticky" }, find(ns.fdb:list(), "02:00:00:00:01:04").flags)
    assert.equal("", find(ns.fdb:list(), "02:00:00:00:01:02").state)
    assert.equal("permanent", find(ns.fdb:list(), "02:00:00:00:01:03").state)
    ns.fdb:replace(mac, "p2", { master = true, dynamic = true })
    assert.equal("p2", find(ns.fdb:list(), mac).ifname)
    same_fdb(ns)
    ns.fdb:del(mac, "p2", { master = true })
    assert.is_nil(find(ns.fdb:list(), mac))
    same_fdb(ns)
  end)

  it("add, append and del in a vxlan", function()
    local ns = stage()
    ns.fdb:add(mac, "vx", { dst = "192.0.2.9", vni = 8, port = 4790, via = "p1" })
    ns.fdb:append("00:00:00:00:00:00", "vx", { dst = "192.0.2.10" })
    ns.fdb:append("00:00:00:00:00:00", "vx", { dst = "192.0.2.11", src_vni = nil })
    ns.fdb:add("02:00:00:00:01:07", "vx", { dst = "192.0.2.12", router = true, extern_learn = true })
    same_fdb(ns)
    local entry = find(ns.fdb:list { dev = "vx" }, mac)
    assert.equal("192.0.2.9", entry.dst)
    assert.equal(4790, entry.port)
    assert.equal(8, entry.vni)
    assert.equal("p1", entry.viaIf)
    assert.same({ "self" }, entry.flags)
    ns.fdb:del("00:00:00:00:00:00", "vx", { dst = "192.0.2.11" })
    same_fdb(ns)
  end)

  it("list shows what is asked for", function()
    local ns = stage()
    ns.fdb:add(mac, "p1", { master = true, dynamic = true })
    local function without_name(list)
      for _, entry in ipairs(list) do entry.ifname = nil end
      return ageless(list)
    end
    answers.same("fdb", without_name(ns.fdb:list { dev = "p1" }), ageless(bridge(ns, "-s fdb show dev p1")))
    answers.same("fdb", ageless(ns.fdb:list { br = "br" }), ageless(bridge(ns, "-s fdb show br br")))
    answers.same("fdb", ageless(ns.fdb:list { state = "permanent" }), ageless(bridge(ns, "-s fdb show state permanent")))
    answers.same("fdb", ageless(ns.fdb:list { dynamic = true }), ageless(bridge(ns, "-s fdb show dynamic")))
    assert.same({}, ns.fdb:list { vlan = 4000 })
  end)

  it("get finds one entry", function()
    local ns = stage()
    ns.fdb:add(mac, "p2", { master = true, static = true })
    local entry = ns.fdb:get(mac, { br = "br" })
    assert.equal("p2", entry.ifname)
    answers.same("fdb", ageless { entry }, ageless(bridge(ns, ("-s fdb get %s br br"):format(mac))))
    local err = fails(ns.fdb.get, ns.fdb, "02:00:00:00:01:99", { br = "br" })
    assert.equal("ENOENT", err.code)
    assert.equal("Fdb entry not found", err.kernel)
    assert.equal("dev", fails(ns.fdb.get, ns.fdb, mac, {}).field)
    assert.equal("ENODEV", fails(ns.fdb.get, ns.fdb, mac, { dev = "nix" }).code)
  end)

  it("flush takes away what fulfils the conditions", function()
    local ns = stage()
    for i = 1, 3 do ns.fdb:add("02:00:00:00:02:0" .. i, "p1", { master = true, static = true }) end
    ns.fdb:add("02:00:00:00:02:04", "p2", { master = true, dynamic = true, extern_learn = true })
    ns.fdb:add("02:00:00:00:02:05", "p2", { master = true, permanent = true })
    ns.fdb:flush("br", { brport = "p1", static = true })
    assert.is_nil(find(ns.fdb:list(), "02:00:00:00:02:01"))
    assert.is_table(find(ns.fdb:list(), "02:00:00:00:02:04"))
    ns.fdb:flush("br", { extern_learn = false })
    assert.is_table(find(ns.fdb:list(), "02:00:00:00:02:04"))
    assert.is_nil(find(ns.fdb:list(), "02:00:00:00:02:05"))
    ns.fdb:flush("br", { dynamic = true })
    assert.is_nil(find(ns.fdb:list(), "02:00:00:00:02:04"))
    same_fdb(ns)
  end)

  it("a wrong call names the field", function()
    local ns = stage()
    assert.equal("mac", fails(ns.fdb.add, ns.fdb, "02:00", "p1").field)
    assert.equal("dev", fails(ns.fdb.add, ns.fdb, mac, 5).field)
    assert.equal("options", fails(ns.fdb.add, ns.fdb, mac, "p1", { nix = 1 }).field)
    assert.equal("vlan", fails(ns.fdb.add, ns.fdb, mac, "p1", { vlan = 4096 }).field)
    assert.equal("dst", fails(ns.fdb.add, ns.fdb, mac, "vx", { dst = "192.0.2" }).field)
    assert.equal("nhid", fails(ns.fdb.add, ns.fdb, mac, "vx", { nhid = 1, dst = "192.0.2.1" }).field)
    assert.equal("state", fails(ns.fdb.list, ns.fdb, { state = "odd" }).field)
    assert.equal("static", fails(ns.fdb.flush, ns.fdb, "br", { static = 1 }).field)
  end)

  it("what the kernel refuses is said in its words", function()
    local ns = stage()
    local err = fails(ns.fdb.add, ns.fdb, mac, "nix")
    assert.equal("ENODEV", err.code)
    assert.equal("fdb.add", err.op)
    assert.equal("bridge", err.node)
    ns.fdb:add(mac, "p1", { master = true, static = true })
    err = fails(ns.fdb.add, ns.fdb, mac, "p1", { master = true, static = true })
    assert.equal("EEXIST", err.code)
    ns.fdb:del(mac, "p1", { master = true })
    assert.equal("ENOENT", fails(ns.fdb.del, ns.fdb, mac, "p1", { master = true }).code)
    assert.equal("EINVAL", fails(ns.fdb.add, ns.fdb, "00:00:00:00:00:00", "p1", { master = true }).code)
  end)

  it("is refused in a closed namespace", function()
    local ns = stage()
    local fdb = ns.fdb
    ns:close()
    for _, call in ipairs { "add", "append", "replace", "del", "get" } do
      assert.truthy(tostring(fails(fdb[call], fdb, mac, call == "get" and { dev = "p1" } or "p1")):find("closed netns", 1, true))
    end
    assert.truthy(tostring(fails(fdb.list, fdb)):find("closed netns", 1, true))
    assert.truthy(tostring(fails(fdb.flush, fdb, "br")):find("closed netns", 1, true))
  end)
end)

describe("vlan", function()
  local function filtering()
    local ns = stage()
    local ok, err = pcall(ns.link.set, ns.link, "br", { vlan_filtering = true })
    if not ok and err.code == "EOPNOTSUPP" then support.skip "this kernel has no VLANs in bridges" end
    assert(ok, tostring(err))
    return ns
  end

  it("add, list and del", function()
    local ns = filtering()
    ns.vlan:add(10, "p1", { pvid = true, untagged = true })
    ns.vlan:add("20-29", "p1")
    ns.vlan:add("30-31", "p2", { untagged = true })
    ns.vlan:add(10, "br", { self = true })
    answers.same("vlan", ns.vlan:list(), bridge(ns, "vlan show"))
    answers.same("vlan", ns.vlan:list { compress = true }, bridge(ns, "-compressvlans vlan show"))
    assert.same({ { ifname = "p2", vlans = { { vlan = 1, flags = { "PVID", "Egress Untagged" } },
      { vlan = 30, vlanEnd = 31, flags = { "Egress Untagged" } } } } }, ns.vlan:list { dev = "p2", compress = true })
    assert.equal("p1", ns.vlan:list({ vid = 25 })[1].ifname)
    assert.equal(1, #ns.vlan:list { vid = 25 })
    ns.vlan:del("20-25", "p1")
    ns.vlan:del(10, "br", { self = true })
    answers.same("vlan", ns.vlan:list(), bridge(ns, "vlan show"))
    -- Removing what is not there and adding what is are no errors to the kernel, as to bridge(8).
    ns.vlan:add(10, "p1", { pvid = true, untagged = true })
    answers.same("vlan", ns.vlan:list { dev = "p1" }, bridge(ns, "vlan show dev p1"))
  end)

  it("maps to tunnels", function()
    local ns = filtering()
    ns.link:set("vx", { master = "br" })
    ns.link:set("vx", { vlan_tunnel = true })
    ns.vlan:add("40-42", "vx")
    ns.vlan:add("40-42", "vx", { tunnel_info = 4000 })
    answers.same("vlan", ns.vlan:list { tunnels = true }, bridge(ns, "vlan tunnelshow"))
    assert.same({ vlan = 40, vlanEnd = 42, tunid = 4000, tunidEnd = 4002 },
      ns.vlan:list({ tunnels = true })[1].tunnels[1])
  end)

  it("keeps hosts of different VLANs apart", function()
    local ns = filtering()
    ns.fdb:add("02:00:00:00:01:01", "p1", { master = true, static = true, vlan = 1 })
    answers.same("fdb", ageless(ns.fdb:list { vlan = 1 }), ageless(bridge(ns, "-s fdb show vlan 1")))
    assert.equal(1, find(ns.fdb:list(), "02:00:00:00:01:01").vlan)
  end)

  it("a wrong call names the field", function()
    local ns = stage()
    for _, vid in ipairs { 0, 4095, "x", "5-", "5- 9", "5-+9", "9-5", "5-4095", 1.5, true } do
      assert.equal("vid", fails(ns.vlan.add, ns.vlan, vid, "p1").field)
    end
    assert.equal("pvid", fails(ns.vlan.add, ns.vlan, "5-6", "p1", { pvid = true }).field)
    assert.equal("options", fails(ns.vlan.add, ns.vlan, 5, "p1", { nix = true }).field)
    -- The last one would have a number that no VXLAN has.
    assert.equal("tunnel_info", fails(ns.vlan.add, ns.vlan, "5-6", "p1", { tunnel_info = 0xffffff }).field)
    assert.equal("vid", fails(ns.vlan.list, ns.vlan, { vid = 0 }).field)
  end)

  it("what the kernel refuses is said in its words", function()
    local ns = stage()
    assert.equal("ENODEV", fails(ns.vlan.add, ns.vlan, 5, "nix").code)
    assert.equal("ENODEV", fails(ns.vlan.list, ns.vlan, { dev = "nix" }).code)
    -- No port of a bridge.
    local err = fails(ns.vlan.add, ns.vlan, 5, "far1")
    assert.equal("EOPNOTSUPP", err.code)
    assert.truthy(err.hint:find("CONFIG_BRIDGE_VLAN_FILTERING", 1, true))
  end)

  it("is refused in a closed namespace", function()
    local ns = stage()
    local vlan = ns.vlan
    ns:close()
    assert.truthy(tostring(fails(vlan.add, vlan, 5, "p1")):find("closed netns", 1, true))
    assert.truthy(tostring(fails(vlan.del, vlan, 5, "p1")):find("closed netns", 1, true))
    assert.truthy(tostring(fails(vlan.list, vlan)):find("closed netns", 1, true))
  end)
end)
