-- ns.class and ns.filter: htb's classes and what sends packets to them, held against tc.
local netlua = require "netlua"
local core = require "netlua.core"
local cjson = require "cjson"
local support = require "spec.support"

local function fails(object, method, ...)
  local ok, err = pcall(object[method], object, ...)
  assert.is_false(ok, "nothing was raised")
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

local pair = support.pair

local function with_htb()
  local a, b = pair()
  a.qdisc:add("a0", { type = "htb", handle = "1:", default = "20" })
  a.class:add("a0", { classid = "1:10", rate = "1mbit", ceil = "2mbit" })
  a.class:add("a0", { classid = "1:20", rate = "10mbit" })
  return a, b
end

local function class(ns, id)
  for _, c in ipairs(ns.class:list "a0") do
    if c.handle == id then return c end
  end
end

-- Does this kernel have the filter or the action? Skips the test when not.
local function need(ns, dev, opts)
  local ok, err = ns.core:filter_add(dev, opts)
  if not ok and err.hint then support.skip(err.hint) end
  assert.is_true(ok, tostring(err))
end

describe("ns.class", function()
  it("lists what tc prints", function()
    local a = pair()
    a.qdisc:add("a0", { type = "htb", handle = "1:" })
    a.class:add("a0", { classid = "1:1", rate = "10mbit", burst = "15k" })
    a.class:add("a0", { classid = "1:10", parent = "1:1", rate = 1e6, ceil = "2mbit", burst = 3072, cburst = "4k",
      prio = 2, quantum = 1600, overhead = 10, mpu = 64 })
    a.qdisc:add("a0", { type = "pfifo", parent = "1:10", handle = "10:" })
    local c = class(a, "1:10")
    assert.same({ "htb", "1:1", "10:", 2, 1600, 125000, 250000, "3Kb/1", "4Kb/1", 64, 10, 0 },
      { c.class, c.parent, c.leaf, c.prio, c.quantum, c.rate, c.ceil, c.burst, c.cburst, c.mpu, c.overhead, c.level })
    assert.same({ true, 1250000, 1250000, "1600b/1" },
      { class(a, "1:1").root, class(a, "1:1").rate, class(a, "1:1").ceil, class(a, "1:1").cburst })
    local text = support.run_in(a, { "tc", "-d", "-s", "class", "show", "dev", "a0" })
    assert.matches("class htb 1:10 parent 1:1 leaf 10: prio 2 quantum 1600 rate 1Mbit overhead 10 ceil 2Mbit "
      .. "linklayer ethernet burst 3Kb/1 mpu 64b cburst 4Kb/1 mpu 64b level 0", text, 1, true)
    assert.matches(("tokens: %d ctokens: %d"):format(c.tokens, c.ctokens), text, 1, true)
  end)

  it("adds once, changes, replaces, deletes", function()
    local a = with_htb()
    local err = fails(a.class, "add", "a0", { classid = "1:10", rate = "1mbit" })
    assert.equal("EEXIST", err.code)
    assert.equal("class.add", err.op)
    assert.equal("1:10 on a0", err.subject)
    a.class:change("a0", { classid = "1:10", rate = "3mbit" })
    assert.equal(375000, class(a, "1:10").rate)
    a.class:replace("a0", { classid = "1:30", rate = "4mbit" })
    assert.equal(500000, class(a, "1:30").rate)
    assert.equal("ENOENT", fails(a.class, "change", "a0", { classid = "1:40", rate = "4mbit" }).code)
    a.class:del("a0", { classid = "1:30" })
    assert.is_nil(class(a, "1:30"))
    assert.equal("ENOENT", fails(a.class, "del", "a0", { classid = "1:30" }).code)
    assert.equal("ENODEV", fails(a.class, "list", "nix").code)
  end)

  it("counts what goes through the default class", function()
    local a = with_htb()
    a:ping("192.0.2.2", { count = 2, interval = 0.01 })
    assert.is_true(class(a, "1:20").packets >= 2)
    assert.equal(0, class(a, "1:10").packets)
  end)

  it("names the option that is misused", function()
    local ns = support.closing(netlua.netns.add "misuse")
    local function misuse(field, opts)
      local err = fails(ns.class, "add", "lo", opts)
      assert.equal(field, err.field, tostring(err))
      assert.matches("tc_spec.lua", err.where)
    end
    misuse("classid", { rate = 1e6 })
    misuse("classid", { classid = "1:", rate = 1e6 })
    misuse("classid", { classid = "nix", rate = 1e6 })
    misuse("rate", { classid = "1:1" })
    misuse("rate", { classid = "1:1", rate = "fast" })
    misuse("rate", { classid = "1:1", rate = 7 })
    misuse("ceil", { classid = "1:1", rate = "2mbit", ceil = "1mbit" })
    misuse("type", { classid = "1:1", rate = "1mbit", type = "hfsc" })
    misuse("burst", { classid = "1:1", rate = "1mbit", burst = -1 })
    misuse("options", { classid = "1:1", rate = "1mbit", brust = 1 })
    ns:close()
    for _, method in ipairs { "add", "change", "replace", "del", "list" } do
      assert.equal("netns", fails(ns.class, method, "lo", { classid = "1:1", rate = "1mbit" }).field)
    end
  end)
end)

describe("ns.filter", function()
  -- tc's JSON without what is the machine's affair and what we say in another form.
  local function tc_filters(ns, dev, ...)
    local text = support.run_in(ns, { "tc", "-j", "filter", "show", "dev", dev, ... })
    -- tc 6.1 repeats the key "match" and prints no JSON for fw.
    local list = cjson.decode((text:gsub('"options":{handle[^}]*}', '"options":{}')))
    return list
  end

  local function same_heads(tc, own)
    assert.equal(#tc, #own)
    for i, f in ipairs(tc) do
      assert.same({ f.protocol, f.pref, f.kind, f.chain }, { own[i].protocol, own[i].pref, own[i].kind, own[i].chain })
      if f.options then
        for _, key in ipairs { "fh", "ht_divisor", "flowid", "classid" } do
          if f.kind ~= "fw" then assert.equal(f.options[key], own[i].options[key], key) end
        end
        if f.options.keys then assert.same(f.options.keys, own[i].options.keys) end
        for k, action in ipairs(f.options.actions or {}) do
          local other = own[i].options.actions[k]
          assert.same({ action.kind, action.mirred_action, action.direction, action.to_dev },
            { other.kind, other.mirred_action, other.direction, other.to_dev })
        end
      end
    end
  end

  it("sends packets to a class by u32", function()
    local a = with_htb()
    a.filter:add("a0", { type = "u32", parent = "1:", protocol = "ip", prio = 1, dst_ip = "192.0.2.2", ip_proto = "icmp",
      classid = "1:10" })
    a:ping("192.0.2.2", { count = 3, interval = 0.01 })
    assert.equal(3, class(a, "1:10").packets)
    local list = a.filter:list("a0", { parent = "1:" })
    same_heads(tc_filters(a, "a0", "parent", "1:"), list)
    assert.same({ { value = "10000", mask = "ff0000", off = 8 }, { value = "c0000202", mask = "ffffffff", off = 16 } },
      list[3].options.matches)
    assert.equal("1:10", list[3].options.flowid)
    a.filter:del("a0", { parent = "1:", prio = 1 })
    assert.same({}, a.filter:list("a0", { parent = "1:" }))
  end)

  it("sends packets to a class by flower, matchall and fw", function()
    local a = with_htb()
    need(a, "a0", { type = "flower", parent = "1:", protocol = "ip", prio = 1, src_ip = "192.0.2.0/24", ip_proto = "udp",
      dst_port = 53, classid = "1:10" })
    a.filter:add("a0", { type = "fw", parent = "1:", protocol = "ip", prio = 2, handle = 7, classid = "1:10" })
    a.filter:add("a0", { type = "flower", parent = "1:", protocol = "ipv6", prio = 3, dst_ip = "2001:db8::1",
      classid = "1:20" })
    a.filter:add("a0", { type = "matchall", parent = "1:", prio = 9, classid = "1:10" })
    a:ping("192.0.2.2", { count = 3, interval = 0.01 })
    assert.is_true(class(a, "1:10").packets >= 3)
    same_heads(tc_filters(a, "a0", "parent", "1:"), a.filter:list("a0", { parent = "1:" }))
    local list = a.filter:list("a0", { parent = "1:" })
    assert.equal(7, list[4].options.handle)
    assert.equal("1:10", list[4].options.classid)
  end)

  it("is made, listed and removed by a link's alternative name, as are qdiscs and classes", function()
    local a = pair()
    local name = ("long-name-"):rep(6)
    a.link:property_add("a0", name)
    a.qdisc:add(name, { type = "htb", handle = "1:", default = "10" })
    a.class:add(name, { classid = "1:10", rate = "1mbit" })
    a.filter:add(name, { type = "u32", parent = "1:", prio = 5, classid = "1:10" })
    assert.equal("a0", a.qdisc:list(name)[1].dev)
    assert.equal("1:10", a.class:list(name)[1].handle)
    assert.is_true(#a.filter:list(name, { parent = "1:" }) > 0)
    a.filter:del(name, { parent = "1:", prio = 5 })
    a.class:del(name, { classid = "1:10" })
    a.qdisc:del(name)
    assert.equal("noqueue", a.qdisc:list("a0")[1].kind)
  end)

  it("redirects what comes in to another interface", function()
    local a, b = pair()
    b.qdisc:add("b0", { type = "clsact" })
    b.link:add("ifb0", { type = "ifb", up = true })
    b.filter:add("b0", { type = "u32", parent = "ingress", action = { redirect = "ifb0" } })
    same_heads(tc_filters(b, "b0", "ingress"), b.filter:list("b0", { parent = "ingress" }))
    b.qdisc:add("ifb0", { type = "pfifo", limit = 5 })
    assert.equal(2, a:ping("192.0.2.2", { count = 2, interval = 0.01 }).received)
    assert.is_true(b.qdisc:list("ifb0")[1].packets >= 2)
  end)

  it("drops what goes out", function()
    local a = pair()
    a.qdisc:add("a0", { type = "clsact" })
    need(a, "a0", { type = "u32", parent = "egress", protocol = "ip", dst_ip = "192.0.2.2", action = "drop" })
    assert.equal(0, a:ping("192.0.2.2", { count = 1, timeout = 0.1 }).received)
    local list = a.filter:list("a0", { parent = "egress" })
    assert.equal("drop", list[#list].options.actions[1].control_action.type)
  end)

  it("passes on what the kernel refuses", function()
    local a = with_htb()
    local opts = { type = "u32", parent = "2:", protocol = "ip", classid = "1:10" }
    local err = fails(a.filter, "add", "a0", opts)
    assert.equal("EINVAL", err.code)
    assert.matches("Parent Qdisc", err.kernel)
    assert.is_nil(err.hint)
    assert.equal("ENODEV", fails(a.filter, "add", "nix", opts).code)
    assert.equal("ENODEV", fails(a.filter, "add", "a0", { type = "u32", action = { mirror = "nix" } }).code)
    assert.equal("ENOENT", fails(a.filter, "del", "a0", { parent = "1:", prio = 5 }).code)
  end)

  it("says what the kernel lacks", function()
    local a = with_htb()
    for _, f in ipairs(core.features()) do
      if f.group == "filter" then
        local ok, err = a.core:filter_add("a0", { type = f.word, parent = "1:", classid = "1:10",
          handle = f.word == "fw" and 1 or nil })
        assert.is_true(ok or err.hint ~= nil and err.hint:find(f.config, 1, true) ~= nil, tostring(err))
      end
    end
  end)

  it("names the option that is misused", function()
    local ns = support.closing(netlua.netns.add "misuse")
    local function misuse(field, opts)
      local err = fails(ns.filter, "add", "lo", opts)
      assert.equal(field, err.field, tostring(err))
      assert.matches("tc_spec.lua", err.where)
    end
    misuse("type", {})
    misuse("type", { type = "bpf" })
    misuse("parent", { type = "u32", parent = "up" })
    misuse("protocol", { type = "u32", protocol = "ipx" })
    misuse("prio", { type = "u32", prio = 0 })
    misuse("classid", { type = "u32", classid = "x" })
    misuse("handle", { type = "fw" })
    misuse("handle", { type = "u32", handle = 1 })
    misuse("src_ip", { type = "u32", src_ip = "192.0.2.1" })
    misuse("src_ip", { type = "u32", protocol = "ipv6", src_ip = "192.0.2.1" })
    misuse("dst_ip", { type = "u32", protocol = "ip", dst_ip = "192.0.2.1/33" })
    misuse("dst_ip", { type = "matchall", protocol = "ip", dst_ip = "192.0.2.1" })
    misuse("dst_port", { type = "u32", protocol = "ip", dst_port = 80 })
    misuse("ip_proto", { type = "u32", protocol = "ip", ip_proto = "quic" })
    misuse("action", { type = "u32", action = "explode" })
    misuse("action", { type = "u32", action = {} })
    misuse("action", { type = "u32", action = { redirect = "a", mirror = "b" } })
    ns:close()
    for _, method in ipairs { "add", "replace", "del", "list" } do
      assert.equal("netns", fails(ns.filter, method, "lo", { type = "u32" }).field)
    end
  end)
end)
