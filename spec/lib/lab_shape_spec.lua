-- Rates, delays and losses of a lab's wires, each direction on its own.
local netlua = require "netlua"
local core = require "netlua.core"
local support = require "spec.support"

local function lab_of(opts)
  local lab = support.closing(netlua.lab "shape")
  local a, b = lab:host "a", lab:host "b"
  local link = lab:link(a, b, opts)
  return lab, a, b, link
end

local function need_netem()
  local ns = support.netns "probe"
  local ok, err = ns.core:qdisc_add("lo", { type = "netem" })
  if not ok and err.hint then support.skip(err.hint) end
end

local function qdisc(node) return node.qdisc:list("eth0")[1] end

local function fails(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok, "nothing was raised")
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

describe("a lab's wire", function()
  it("has a rate, in both directions or in one", function()
    local lab, a, b = lab_of { rate = "8mbit", net = "192.0.2.0/24" }
    lab:build()
    for _, node in ipairs { a, b } do
      assert.equal("tbf", qdisc(node).kind)
      assert.equal(1000000, qdisc(node).options.rate)
    end
    assert.equal(1, a:ping(b, { count = 1 }).received)
    local one, c, d = lab_of { rate = { false, 1e6 } }
    one:build()
    assert.equal("noqueue", qdisc(c).kind)
    assert.equal(125000, qdisc(d).options.rate)
  end)

  it("holds the rate", function()
    local lab, a, b = lab_of { rate = { "80kbit" } } -- 10,000 bytes a second; the bucket holds 5,000
    lab:build()
    a:ping(b, { count = 1 })
    local r = a:ping(b, { count = 12, interval = 0, window = 12, size = 1000, timeout = 3 * support.slow })
    -- Twelve are 12,500 bytes: what the bucket does not hold leaves at 10,000 a second.
    assert.equal(12, r.received)
    assert.is_true(r.max >= 0.3, tostring(r))
    assert.is_true(qdisc(a).overlimits > 0)
  end)

  it("delays each direction by its own time", function()
    need_netem()
    local lab, a, b = lab_of { delay = { "30ms", 0.05 }, jitter = { "1ms", false } }
    lab:build()
    assert.same({ delay = 0.03, jitter = 0.001, correlation = 0 }, qdisc(a).options.delay)
    assert.same({ delay = 0.05, jitter = 0, correlation = 0 }, qdisc(b).options.delay)
    a:ping(b, { count = 1 })
    local r = a:ping(b, { count = 3, interval = 0.01 })
    assert.equal(3, r.received)
    assert.is_true(r.min >= 0.079, tostring(r))
  end)

  it("that is slow is waited for by expectations", function()
    need_netem()
    local lab, a, b = lab_of { delay = { "700ms", "500ms" } }
    lab:build()
    netlua.expect.reaches(a, b)
    netlua.expect.all_reach(lab, { family = "inet" })
    local ok, err = pcall(netlua.expect.unreachable, a, b)
    assert.is_false(ok)
    assert.matches("a reaches b, and should not: 1 of 1 answered", tostring(err), 1, true)
  end)

  it("loses packets in one direction", function()
    need_netem()
    local lab, a, b = lab_of { loss = { "100%" } }
    lab:build()
    assert.equal(0, a:ping(b, { count = 1, timeout = 0.1 }).received)
    assert.equal("netem", qdisc(a).kind)
    assert.equal("noqueue", qdisc(b).kind)
    assert.equal(1, qdisc(a).options["loss-random"].loss)
  end)

  it("is changed while it runs", function()
    local lab, a, b, link = lab_of()
    lab:build()
    assert.equal("noqueue", qdisc(a).kind)
    link:set { rate = "8mbit" }
    assert.equal("tbf", qdisc(a).kind)
    link:set { rate = { "16mbit", false } }
    assert.equal(2000000, qdisc(a).options.rate)
    assert.equal("noqueue", qdisc(b).kind)
    link:set { rate = false }
    assert.equal("noqueue", qdisc(a).kind)
    assert.equal(1, a:ping(b, { count = 1 }).received)
  end)

  it("is changed from rate to delay and back", function()
    need_netem()
    local lab, a, _, link = lab_of { rate = "8mbit" }
    lab:build()
    link:set { delay = "1ms" }
    assert.equal("netem", qdisc(a).kind)
    assert.equal(1000000, qdisc(a).options.rate.rate)
    link:set { delay = "2ms", loss = "1%" }
    assert.equal(0.002, qdisc(a).options.delay.delay)
    link:set { delay = false, loss = false }
    assert.equal("tbf", qdisc(a).kind)
  end)

  it("is shaped when it is added to a lab that runs", function()
    local lab, a = lab_of()
    lab:build()
    local c = lab:host "c"
    lab:link(a, c, { rate = "8mbit" })
    assert.equal("tbf", c.qdisc:list("eth0")[1].kind)
    assert.equal("tbf", a.qdisc:list("eth1")[1].kind)
  end)

  it("keeps its shape when it is cut and mended", function()
    local lab, a, b, link = lab_of { rate = "8mbit" }
    lab:build()
    link:cut()
    link:mend()
    assert.equal("tbf", qdisc(a).kind)
    assert.equal(1, a:ping(b, { count = 1 }).received)
  end)

  it("shapes the port of a switch", function()
    local lab = support.closing(netlua.lab "switched")
    local pc, sw = lab:host "pc", lab:switch "sw"
    lab:link(pc, sw, { rate = { "1mbit", "2mbit" }, net = "192.0.2.0/24" })
    lab:build()
    assert.equal(125000, qdisc(pc).options.rate)
    assert.equal(250000, qdisc(sw).options.rate)
  end)

  it("stands in the plan as tc commands", function()
    local lab = lab_of { rate = "8mbit", net = "192.0.2.0/24" }
    assert.matches("\ntc -n a qdisc add dev eth0 root tbf rate 8000000bit burst 10000b latency 50ms\n"
      .. "tc -n b qdisc add dev eth0 root tbf ", lab:plan(), 1, true)
    local other = lab_of { delay = { "10ms", "1.5ms" }, jitter = { 0.001 }, loss = { 0.5, "1%" }, rate = "1mbit" }
    assert.matches("\ntc -n a qdisc add dev eth0 root netem delay 10000us 1000us loss 50% rate 1000000bit\n"
      .. "tc -n b qdisc add dev eth0 root netem delay 1500us loss 1% rate 1000000bit\n", other:plan(), 1, true)
  end)

  it("is what the plan's tc commands make", function()
    local lab, a, _, link = lab_of { rate = { "8mbit" } }
    lab:build()
    local built = qdisc(a).options
    local words = lab:plan():match "\ntc %-n a (qdisc add [^\n]+)"
    link:set { rate = false }
    support.run_in(a, { "/bin/sh", "-c", "tc " .. words })
    assert.same(built, qdisc(a).options)
  end)

  it("is refused by name where the kernel has no netem, and nothing is left", function()
    local lab, a = lab_of { delay = "1ms" }
    local ok, err = pcall(lab.build, lab)
    if ok then
      assert.equal("netem", qdisc(a).kind)
      return
    end
    assert.equal("ENOENT", err.code)
    assert.matches("CONFIG_NET_SCH_NETEM", err.hint)
    assert.matches("lab_shape_spec.lua:%d+", err.where)
    assert.is_true(lab.closed)
  end)

  it("stays as it is when a change is refused", function()
    local lab, a, _, link = lab_of { rate = "8mbit" }
    lab:build()
    local ok, err = pcall(link.set, link, { delay = "1ms" })
    if ok then
      link:set { delay = false }
    else
      assert.matches("CONFIG_NET_SCH_NETEM", err.hint)
      assert.is_nil(link.opts.delay)
    end
    assert.equal("tbf", qdisc(a).kind)
    assert.equal("EINVAL", fails(link.set, link, { delay = "1 ms" }).code)
    assert.equal("tbf", qdisc(a).kind)
    local c = lab:host "c"
    local added = pcall(lab.link, lab, a, c, { delay = "1ms" })
    assert.equal(added and 2 or 1, #lab.links)
    assert.equal(added and 2 or 1, #a.ifaces)
  end)

  it("names what is misused, with the line", function()
    local lab, a, b, link = lab_of()
    local function misuse(field, opts)
      local err = fails(lab.link, lab, a, b, opts)
      assert.equal(field, err.field, tostring(err))
      assert.matches("lab_shape_spec.lua", err.where)
    end
    misuse("delay", { delay = "10" })
    misuse("delay", { delay = -1 })
    misuse("delay", { delay = true })
    misuse("delay", { delay = { "1ms", "1ms", "1ms" } })
    misuse("rate", { rate = "fast" })
    misuse("rate", { rate = 1 })
    misuse("loss", { loss = 2 })
    misuse("loss", { loss = { x = 1 } })
    misuse("jitter", { jitter = "1ms" })
    misuse("jitter", { delay = { "1ms" }, jitter = "1ms" })
    assert.equal("options", fails(link.set, link, { mtu = 100 }).field)
    lab:build()
    lab:remove(link)
    assert.equal("link", fails(link.set, link, { rate = "1mbit" }).field)
    lab:close()
    assert.equal("lab", fails(link.set, link, { rate = "1mbit" }).field)
  end)
end)
