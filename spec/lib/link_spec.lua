-- ns.link: works, misuse, refused, twice, after close. What each kind can do is in link_kinds_spec.lua.
local support = require "spec.support"
local core = require("netlua").core

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

local function call(ns, method, ...)
  return fails(ns.link[method], ns.link, ...)
end

describe("link", function()
  local ns

  before_each(function()
    ns = support.netns "n1"
    ns.link:add("v0", { type = "veth", peer = "v1", mtu = 1400, address = "02:00:00:00:00:01" })
  end)

  it("add, get, set, del", function()
    local link = ns.link:get "v0"
    assert.equal(1400, link.mtu)
    assert.equal("02:00:00:00:00:01", link.address)
    assert.equal("v1", link.link)
    ns.link:set("v0", { name = "w0", mtu = 1300, alias = "one", group = 3, txqueuelen = 7, arp = false, up = true })
    link = ns.link:get "w0"
    assert.equal(1300, link.mtu)
    assert.equal("one", link.ifalias)
    assert.equal("3", link.group)
    assert.equal(7, link.txqlen)
    local flags = table.concat(link.flags, " ")
    assert.truthy(flags:find "NOARP" and flags:find "UP")
    ns.link:set("w0", { down = true, arp = true, group = "default" })
    assert.equal("default", ns.link:get("w0").group)
    assert.falsy(table.concat(ns.link:get("w0").flags, " "):find "NOARP")
    ns.link:del "w0"
    assert.equal("ENODEV", call(ns, "get", "v1").code) -- its peer went with it
  end)

  it("brings both ends of a veth up, here and in another namespace", function()
    local other = support.netns "n2"
    local peer = { name = "eth0", netns = other, up = true }
    ns.link:add("eth0", { type = "veth", up = true, peer = peer })
    assert.is_true(peer.up) -- the caller's table stays as it is
    for _, end_of in ipairs { ns, other } do
      assert.truthy(table.concat(end_of.link:get("eth0").flags, " "):find "LOWER_UP")
    end
    ns.link:add("a0", { type = "veth", peer = { name = "a1", up = true } })
    assert.truthy(table.concat(ns.link:get("a1").flags, " "):find "%f[%w]UP%f[%W]")
    assert.falsy(table.concat(ns.link:get("a0").flags, " "):find "%f[%w]UP%f[%W]")
    for up, message in pairs { [1] = "link.add: peer: up: expected true or false, got 1", [true] = "up: is said of a peer with a name" } do
      local err = call(ns, "add", "b0", { type = "veth", peer = { up = up } })
      assert.equal("peer", err.field)
      assert.matches(message, tostring(err), 1, true)
    end
    assert.equal("ENODEV", call(ns, "get", "b0").code)
  end)

  it("moves to another namespace", function()
    local other = support.netns "n2"
    ns.link:set("v0", { netns = other, name = "eth0" })
    assert.equal("ENODEV", call(ns, "get", "v0").code)
    assert.equal("eth0", other.link:get("eth0").ifname)
    assert.is_number(ns.link:get("v1").link_netnsid)
  end)

  it("lists what is asked for", function()
    ns.link:add("br", { type = "bridge", up = true })
    ns.link:set("v1", { master = "br", group = 5 })
    local function names(filter)
      local list = {}
      for _, link in ipairs(ns.link:list(filter)) do
        -- Modules for tunnels put one into every namespace.
        if ("br lo v0 v1"):find(link.ifname, 1, true) then list[#list + 1] = link.ifname end
      end
      table.sort(list)
      return table.concat(list, " ")
    end
    assert.equal("br lo v0 v1", names())
    assert.equal("v0 v1", names { type = "veth" })
    assert.equal("v1", names { type = "bridge_slave" })
    assert.equal("v1", names { master = "br" })
    assert.equal("br lo v0", names { nomaster = true })
    assert.equal("v1", names { group = 5 })
    assert.equal("br lo", names { up = true })
  end)

  it("has alternative names", function()
    local long = ("long-name-"):rep(6)
    ns.link:property_add("v0", "other", long)
    assert.same({ "other", long }, ns.link:get("v0").altnames)
    assert.equal("v0", ns.link:get(long).ifname)
    ns.link:set(long, { mtu = 1200 })
    assert.equal(1200, ns.link:get("other").mtu)
    assert.equal("EEXIST", call(ns, "property_add", "v0", "other").code)
    ns.link:property_del("v0", "other")
    assert.same({ long }, ns.link:get("v0").altnames)
    assert.equal("altname", call(ns, "property_add", "v0").field)
    assert.equal("altname", call(ns, "property_add", "v0", ("x"):rep(128)).field)
    ns.link:del(long)
  end)

  it("changes options of its kind, whether the kind is said or not", function()
    ns.link:add("br", { type = "bridge" })
    ns.link:set("br", { ageing_time = 1000 })
    ns.link:set("br", { type = "bridge", priority = 7 })
    local data = ns.link:get("br").linkinfo.info_data
    assert.equal(1000, data.ageing_time)
    assert.equal(7, data.priority)
    ns.link:set("v0", { master = "br" })
    ns.link:set("v0", { hairpin = true })
    ns.link:set("v0", { type = "bridge_slave", cost = 9 })
    assert.is_true(ns.link:get("v0").linkinfo.info_slave_data.hairpin)
    assert.equal(9, ns.link:get("v0").linkinfo.info_slave_data.cost)
  end)

  it("a wrong call names the field", function()
    assert.equal("name", call(ns, "add", ("x"):rep(16), { type = "veth" }).field)
    assert.equal("name", call(ns, "add", 5, { type = "veth" }).field)
    assert.equal("type", call(ns, "add", "x", {}).field)
    assert.equal("mtu", call(ns, "add", "x", { type = "bridge", mtu = "big" }).field)
    assert.equal("peer", call(ns, "add", "x", { type = "bridge", peer = "y" }).field)
    assert.equal("nix", call(ns, "add", "x", { type = "bridge", nix = 1 }).field)
    assert.equal("nix", call(ns, "add", "x", { type = "dummy", nix = 1 }).field)
    assert.equal("priority", call(ns, "add", "x", { type = "bridge", priority = 65536 }).field)
    assert.equal("priority", call(ns, "add", "x", { type = "bridge", priority = print }).field)
    assert.equal("remote", call(ns, "add", "x", { type = "vxlan", id = 1, remote = "nowhere" }).field)
    assert.equal("options", call(ns, "add", "x", { type = "bridge", [1] = 2 }).field)
    assert.equal("options", call(ns, "set", "v0", {}).field)
    assert.equal("options", call(ns, "set", "v0").field)
    assert.equal("index", call(ns, "set", "v0", { index = 5 }).field)
    assert.equal("down", call(ns, "set", "v0", { up = true, down = true }).field)
    assert.equal("addrgenmode", call(ns, "set", "v0", { addrgenmode = "odd" }).field)
    assert.equal("group", call(ns, "set", "v0", { group = "odd" }).field)
    assert.equal("netns", call(ns, "set", "v0", { netns = "n2" }).field)
    assert.equal("hairpin", call(ns, "set", "v0", { hairpin = true }).field) -- no port
    assert.equal("state", call(ns, "set", "v0", { type = "bridge_slave", state = "odd" }).field)
    assert.equal("options", call(ns, "list", { nix = 1 }).field)
    assert.equal("name", call(ns, "get", "").field)
  end)

  it("takes no link for another one with a shorter name", function()
    -- The kernel's old calls stop reading at a colon ("eth0:1" once was an address of eth0).
    for _, name in ipairs { "v0:1", "v0:", "v0:a-longer-name-than-that" } do
      for method, options in pairs { set = { mtu = 1300 }, del = false, get = false } do
        assert.same({ "ENODEV", "link." .. method }, { call(ns, method, name, options or nil).code, "link." .. method })
      end
      assert.equal("ENODEV", call(ns, "set", "v1", { master = name }).code)
      assert.equal("ENODEV", call(ns, "list", { master = name }).code)
    end
    assert.equal(1400, ns.link:get("v0").mtu)
  end)

  it("what the kernel refuses is said in its words", function()
    local err = call(ns, "add", "v0", { type = "bridge" }) -- twice
    assert.equal("EEXIST", err.code)
    assert.equal("link.add", err.op)
    assert.equal("n1", err.node)
    assert.equal("ENODEV", call(ns, "set", "nix", { up = true }).code)
    assert.equal("ENODEV", call(ns, "set", "v0", { master = "nix" }).code)
    assert.equal("ENODEV", call(ns, "del", "nix").code)
    err = call(ns, "set", "v0", { mtu = 10 })
    assert.equal("EINVAL", err.code)
    assert.equal("mtu less than device minimum", err.kernel)
    ns.link:del "v0"
    assert.equal("ENODEV", call(ns, "del", "v0").code)
  end)

  it("says what a kernel lacks", function()
    local err = call(ns, "add", "x", { type = "nosuchkind" })
    assert.equal("EOPNOTSUPP", err.code)
    assert.equal("this kernel has no link nosuchkind", err.hint)
    local ok, refused = pcall(ns.link.add, ns.link, "x", { type = "bridge", vlan_default_pvid = 5 })
    if not ok then
      assert.equal("EOPNOTSUPP", refused.code)
      assert.truthy(refused.hint:find("CONFIG_BRIDGE_VLAN_FILTERING", 1, true))
      assert.equal("ENODEV", call(ns, "get", "x").code) -- nothing is left of it
    end
  end)

  it("is refused in a closed namespace", function()
    local link = ns.link
    ns:close()
    for _, args in ipairs { { "add", "x", { type = "veth" } }, { "set", "v0", { up = true } }, { "del", "v0" },
      { "get", "v0" }, { "list" }, { "property_add", "v0", "x" }, { "property_del", "v0", "x" } } do
      local err = fails(link[args[1]], link, table.unpack(args, 2))
      assert.truthy(tostring(err):find("closed netns", 1, true))
    end
  end)
end)
