-- ns.qdisc: queueing disciplines, held against `tc -json -details -statistics`.
local netlua = require "netlua"
local core = require "netlua.core"
local cjson = require "cjson"
local support = require "spec.support"

local function fails(method, ns, ...)
  local ok, err = pcall(ns.qdisc[method], ns.qdisc, ...)
  assert.is_false(ok, "nothing was raised")
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

local pair = support.pair

-- What tc's JSON has no key for, or no number that stays: kind -> key of options.
local ours = { tbf = { peakrate = true, limit = true }, netem = { seed = true } } -- seed: tc since 6.6
local counters = { bytes = true, packets = true, maxpacket = true, new_flow_count = true, memory_used = true,
  backlog = true, qlen = true, drops = true, requeues = true, direct_packets_stat = true }

local function same_number(a, b)
  return type(a) == "number" and type(b) == "number" and math.abs(a - b) <= 1e-9 + 1e-6 * math.abs(a)
end

-- Every key of tc's answer is in ours with the same value, and ours has no other.
local function compare(tc, own, where, extra)
  for key, value in pairs(tc) do
    local path = where .. "." .. tostring(key)
    if counters[key] then
      assert.equal("integer", math.type(own[key]), path)
    elseif type(value) == "table" then
      assert.is_table(own[key], path)
      compare(value, own[key], path, key == "options" and ours[tc.kind])
    elseif not same_number(value, own[key]) then
      assert.equal(value, own[key], path)
    end
  end
  for key in pairs(own) do
    assert.is_true(tc[key] ~= nil or extra and extra[key] or counters[key] or false, where .. ": only ours: " .. tostring(key))
  end
end

local function compare_all(ns)
  local tc = cjson.decode((support.run_in(ns, { "tc", "-j", "-d", "-s", "qdisc" })))
  local own = ns.qdisc:list()
  assert.equal(#tc, #own)
  for i, qdisc in ipairs(tc) do compare(qdisc, own[i], qdisc.dev .. " " .. qdisc.kind) end
end

-- Skips the test when this kernel has no such qdisc.
local function need_qdisc(kind, opts)
  local probe <close> = netlua.netns.add "probe"
  opts = opts or {}
  opts.type = kind
  local ok, err = probe.core:qdisc_add("lo", opts)
  if not ok and err.hint then support.skip("this kernel has no qdisc " .. kind) end
end

local function options_of(ns, dev)
  return ns.qdisc:list(dev)[1].options
end

-- Without what nobody has set: htb's counter (the kernel's own packets may have gone by already), netem's random seed.
local function set_options_of(ns, dev)
  local options = options_of(ns, dev)
  options.direct_packets_stat, options.seed = nil, nil
  return options
end

describe("ns.qdisc", function()
  it("answers as tc does, for each kind", function()
    local a = pair()
    local tried = 0
    for _, opts in ipairs {
      { type = "netem", delay = "10ms", jitter = "5ms", delay_correlation = "25%", distribution = "normal",
        loss = "1%", loss_correlation = "25%", duplicate = "2%", duplicate_correlation = "3%", corrupt = "0.1%",
        corrupt_correlation = "1%", reorder = "25%", reorder_correlation = "50%", gap = 5, limit = 500,
        rate = "1mbit", packet_overhead = 20, cell_size = 100, cell_overhead = 5 },
      { type = "netem", loss_state = { "1%", "2%", "3%", "4%", "5%" } },
      { type = "netem", loss_gemodel = { "1%", "10%", "70%", "0.1%" } },
      { type = "netem", loss = 0.01, ecn = true, slot = { min_delay = "800us", max_delay = "1ms", packets = 10,
        bytes = 2000 } },
      { type = "netem", slot = { distribution = "normal", delay = "1ms", jitter = "2ms" }, delay = 0.005 },
      { type = "tbf", rate = "1mbit", burst = "10kb", latency = "50ms" },
      { type = "tbf", rate = 1e6, burst = 10240, limit = 3000, peakrate = "2mbit", mtu = 1540, overhead = 4 },
      { type = "htb", default = "30", r2q = 5, direct_qlen = 100 },
      { type = "htb" },
      { type = "fq_codel" },
      { type = "fq_codel", limit = 1000, flows = 256, target = "3ms", interval = 0.06, quantum = 300, ecn = false,
        ce_threshold = "2ms", memory_limit = "1mb", drop_batch = 32 },
      { type = "pfifo", limit = 50 },
      { type = "bfifo", limit = "5kb" },
      { type = "prio", bands = 4, priomap = { 3, 2, 1, 0 } },
    } do
      local ok, err = pcall(a.qdisc.add, a.qdisc, "a0", opts)
      if ok then
        tried = tried + 1
        a:ping("192.0.2.2", { count = 1, timeout = 0.01 })
        compare_all(a)
        a.qdisc:del "a0"
      else
        assert.is_string(err.hint, tostring(err))
      end
    end
    assert.is_true(tried >= 6)
    a.qdisc:add("a0", { type = "clsact" })
    compare_all(a)
    a.qdisc:del("a0", { parent = "clsact" })
    a.qdisc:add("a0", { type = "ingress" })
    compare_all(a)
  end)

  it("sets what tc sets for the same words", function()
    local a = pair()
    for _, words in ipairs {
      { { type = "tbf", rate = "1mbit", burst = "10kb", latency = "50ms" }, "tbf rate 1mbit burst 10kb latency 50ms" },
      { { type = "tbf", rate = "7gbit", burst = "1mb", limit = "2mb", peakrate = "8gbit", mtu = 3000 },
        "tbf rate 7gbit burst 1mb limit 2mb peakrate 8gbit mtu 3000" },
      { { type = "htb", default = 0x30 }, "htb default 30" },
      { { type = "pfifo", limit = 7 }, "pfifo limit 7" },
    } do
      a.qdisc:add("a0", words[1])
      local own = set_options_of(a, "a0")
      a.qdisc:del "a0"
      local argv = { "tc", "qdisc", "add", "dev", "a0", "root" }
      for word in words[2]:gmatch "%S+" do argv[#argv + 1] = word end
      support.run_in(a, argv)
      assert.equal(words[1].type, a.qdisc:list("a0")[1].kind)
      assert.same(set_options_of(a, "a0"), own)
      a.qdisc:del "a0"
    end
  end)

  it("sets what tc sets for netem's words", function()
    need_qdisc "netem"
    local a = pair()
    for _, words in ipairs {
      { { type = "netem", delay = "10ms", jitter = "3ms" }, "delay 10ms 3ms" },
      { { type = "netem", delay = 0.1, reorder = "25%" }, "delay 100ms reorder 25%" },
      { { type = "netem", loss_state = { "5%" } }, "loss state 5%" },
      { { type = "netem", loss_gemodel = { "5%" } }, "loss gemodel 5%" },
      { { type = "netem", rate = "10gbit" }, "rate 10gbit" },
      { { type = "netem", slot = { min_delay = "1ms" } }, "slot 1ms" },
    } do
      a.qdisc:add("a0", words[1])
      local own = set_options_of(a, "a0")
      a.qdisc:del "a0"
      local argv = { "tc", "qdisc", "add", "dev", "a0", "root", "netem" }
      for word in words[2]:gmatch "%S+" do argv[#argv + 1] = word end
      support.run_in(a, argv)
      assert.same(set_options_of(a, "a0"), own)
      a.qdisc:del "a0"
    end
  end)

  it("delays packets", function()
    need_qdisc "netem"
    local a = pair()
    a.qdisc:add("a0", { type = "netem", delay = "50ms" })
    local r = a:ping("192.0.2.2", { count = 2, interval = 0.01, timeout = 5 })
    assert.equal(2, r.received)
    assert.is_true(r.min >= 0.05, tostring(r))
  end)

  it("loses packets", function()
    need_qdisc "netem"
    local a = pair()
    a:ping("192.0.2.2", { count = 1 }) -- the neighbour is known from here on
    a.qdisc:add("a0", { type = "netem", loss = "100%" })
    assert.equal(0, a:ping("192.0.2.2", { count = 3, interval = 0.01, timeout = 0.1 }).received)
    assert.is_true(a.qdisc:list("a0")[1].drops >= 3)
  end)

  it("drops what is over a token bucket's limit", function()
    local a = pair()
    a:ping("192.0.2.2", { count = 1 })
    a.qdisc:add("a0", { type = "tbf", rate = "8kbit", burst = 200, limit = 200 })
    a:ping("192.0.2.2", { count = 10, interval = 0, timeout = 0.2 })
    local q = a.qdisc:list("a0")[1]
    assert.is_true(q.drops > 0, "nothing was dropped")
    assert.is_true(q.overlimits > 0)
  end)

  it("takes a seed where the kernel does, and says so where it does not", function()
    need_qdisc "netem"
    local a = pair()
    local ok, err = pcall(a.qdisc.add, a.qdisc, "a0", { type = "netem", loss = "10%", seed = 42 })
    if ok then
      assert.equal(42, options_of(a, "a0").seed)
    else
      assert.equal("EOPNOTSUPP", err.code)
      assert.matches("Linux 6.6", err.hint)
      assert.equal("noqueue", a.qdisc:list("a0")[1].kind)
    end
  end)

  it("adds once, replaces and changes", function()
    local a = pair()
    assert.equal("ENOENT", fails("change", a, "a0", { type = "tbf", rate = "1mbit", burst = 5000, limit = 5000 }).code)
    a.qdisc:add("a0", { type = "pfifo", limit = 5, handle = "1:" })
    local err = fails("add", a, "a0", { type = "pfifo", limit = 6 })
    assert.equal("EEXIST", err.code)
    assert.equal("qdisc.add", err.op)
    assert.equal("a", err.node)
    assert.matches("Exclusivity flag on", err.kernel)
    assert.equal(5, options_of(a, "a0").limit)
    a.qdisc:change("a0", { type = "pfifo", limit = 7, handle = "1:" })
    assert.equal(7, options_of(a, "a0").limit)
    a.qdisc:replace("a0", { type = "bfifo", limit = 9000, handle = "2:" })
    local q = a.qdisc:list("a0")[1]
    assert.same({ "bfifo", "2:", true }, { q.kind, q.handle, q.root })
  end)

  it("hangs one qdisc under another", function()
    local a = pair()
    a.qdisc:add("a0", { type = "htb", handle = "1:", default = "10" })
    a.qdisc:add("a0", { type = "clsact" })
    assert.equal("ENOENT", fails("add", a, "a0", { type = "pfifo", parent = "1:10" }).code)
    assert.is_nil(fails("add", a, "a0", { type = "pfifo", parent = "1:10" }).hint)
    assert.equal(2, #a.qdisc:list "a0")
  end)

  it("deletes, and says when there is nothing to delete", function()
    local a = pair()
    a.qdisc:add("a0", { type = "pfifo" })
    a.qdisc:del "a0"
    assert.equal("noqueue", a.qdisc:list("a0")[1].kind)
    local err = fails("del", a, "a0")
    assert.equal("ENOENT", err.code)
    assert.matches("Cannot delete qdisc with handle of zero", err.kernel)
    assert.equal("ENODEV", fails("del", a, "nix").code)
    assert.equal("ENODEV", fails("list", a, "nix").code)
    assert.equal("ENODEV", fails("add", a, "nix", { type = "pfifo" }).code)
  end)

  it("passes on the kernel's refusal", function()
    local a = pair()
    local err = fails("add", a, "a0", { type = "fq_codel", flows = 70000 })
    assert.is_true(err.code == "EINVAL" or err.code == "ERANGE" or err.hint ~= nil, tostring(err))
  end)

  it("says what the kernel lacks", function()
    local ns <close> = netlua.netns.add "lacking"
    local err = fails("add", ns, "lo", { type = "nonsense" })
    assert.equal("ENOENT", err.code)
    assert.equal("this kernel has no qdisc nonsense", err.hint)
    -- Every kind of the list is either there or named with its option.
    for _, f in ipairs(core.features()) do
      if f.group == "qdisc" and f.word ~= "tbf" and f.word ~= "pfifo_fast" and f.word ~= "noqueue" then
        local ok, refusal = ns.core:qdisc_add("lo", { type = f.word })
        if ok then
          ns.qdisc:del("lo", { parent = (f.word == "clsact" or f.word == "ingress") and "clsact" or "root" })
        elseif refusal.hint then
          assert.matches(f.config, refusal.hint)
        end
      end
    end
  end)

  it("names the option that is misused", function()
    local ns <close> = netlua.netns.add "misuse"
    local function misuse(field, opts, dev)
      local err = fails("add", ns, dev or "lo", opts)
      assert.equal(field, err.field, tostring(err))
      assert.matches("qdisc_spec.lua", err.where)
    end
    misuse("dev", { type = "pfifo" }, ("x"):rep(128))
    misuse("type", {})
    misuse("options", 1)
    misuse("options", { type = "pfifo", delay = 1 })
    misuse("options", { type = "nonsense", limit = 1 })
    misuse("parent", { type = "pfifo", parent = "1" })
    misuse("handle", { type = "pfifo", handle = "1:1" })
    misuse("limit", { type = "pfifo", limit = -1 })
    misuse("delay", { type = "netem", delay = "10" })
    misuse("delay", { type = "netem", delay = -1 })
    misuse("delay", { type = "netem", delay = 0 / 0 })
    misuse("jitter", { type = "netem", jitter = 1 })
    misuse("delay_correlation", { type = "netem", delay = 1, delay_correlation = "1%" })
    misuse("distribution", { type = "netem", delay = 1, distribution = "normal" })
    misuse("distribution", { type = "netem", delay = 1, jitter = 1, distribution = "bell" })
    misuse("distribution", { type = "netem", delay = 1, jitter = 1, distribution = { 40000 } })
    misuse("distribution", { type = "netem", delay = 1, jitter = 1, distribution = {} })
    misuse("loss", { type = "netem", loss = 1.1 })
    misuse("loss", { type = "netem", loss = "1" })
    misuse("loss", { type = "netem", loss = "1%", loss_state = { "1%" } })
    misuse("loss_state", { type = "netem", loss_state = { 0, 0, 0, 0, 0, 0 } })
    misuse("loss_correlation", { type = "netem", loss_correlation = "1%" })
    misuse("ecn", { type = "netem", ecn = true })
    misuse("reorder", { type = "netem", reorder = "1%" })
    misuse("gap", { type = "netem", gap = 1 })
    misuse("slot", { type = "netem", slot = "1ms" })
    misuse("slot", { type = "netem", slot = { min_delay = 2, max_delay = 1 } })
    misuse("packet_overhead", { type = "netem", packet_overhead = 1 })
    misuse("rate", { type = "tbf" })
    misuse("rate", { type = "tbf", rate = "1mb", burst = 1 })
    misuse("burst", { type = "tbf", rate = "1mbit" })
    misuse("limit", { type = "tbf", rate = "1mbit", burst = 1 })
    misuse("limit", { type = "tbf", rate = "1mbit", burst = 1, limit = 1, latency = 1 })
    misuse("peakrate", { type = "tbf", rate = "1mbit", burst = 1, limit = 1, mtu = 1 })
    misuse("default", { type = "htb", default = "xyz" })
    misuse("target", { type = "fq_codel", target = true })
    misuse("bands", { type = "prio", bands = 17 })
    misuse("priomap", { type = "prio", priomap = { 3 } })
  end)

  it("refuses a closed namespace", function()
    local ns = netlua.netns.add "closed"
    ns:close()
    for _, method in ipairs { "add", "replace", "change", "del", "list" } do
      assert.equal("netns", fails(method, ns, "lo", { type = "pfifo" }).field)
    end
  end)
end)
