-- netlua.ping_all: many pairs in one call.
local netlua = require "netlua"
local support = require "spec.support"
local raises = support.raises

describe("ping_all", function()
  local lab, hub, hosts

  before_each(function()
    lab = support.closing(netlua.lab "all")
    hub, hosts = lab:switch "hub", {}
    for i = 1, 6 do
      hosts[i] = lab:host("h" .. i)
      lab:link(hosts[i], hub, i == 1 and { net = { "192.0.2.0/24", "2001:db8:1::/64" } } or nil)
    end
    lab:build()
  end)

  local function everybody()
    local list = {}
    for _, from in ipairs(hosts) do
      for _, to in ipairs(hosts) do
        if from ~= to then list[#list + 1] = { from = from, to = to } end
      end
    end
    return list
  end

  for _, family in ipairs { "inet", "inet6" } do
    it("gives one result a pair, in the order of the list, over " .. family, function()
      local list = everybody()
      local results = netlua.ping_all(list, { family = family })
      assert.equal(30, #results)
      for i, r in ipairs(results) do
        assert.equal(1, r.sent)
        assert.equal(1, r.received, tostring(r))
        assert.equal(list[i].from, r.from)
        assert.equal(list[i].to, r.to)
        assert.equal(list[i].to:address(family), r.addr)
        assert.equal(r.addr, r.replies[1].addr)
        assert.equal(1, r.replies[1].seq)
        assert.equal(64, r.replies[1].ttl)
      end
    end)
  end

  it("tells the silent, the unreachable and the refused from those that answer", function()
    hosts[3]:sysctl("net.ipv4.icmp_echo_ignore_all", 1)
    local results = netlua.ping_all({
      { from = hosts[1], to = hosts[2] },
      { from = hosts[1], to = hosts[3] },
      { from = hosts[1], to = "203.0.113.5" },
      { from = hosts[2], to = "127.0.0.1" },
      { from = hosts[2], to = hosts[4]:address "inet6" },
    }, { timeout = 0.2 })
    local received = {}
    for i, r in ipairs(results) do received[i] = r.received end
    assert.same({ 1, 0, 0, 1, 1 }, received)
    assert.is_nil(results[2].error)
    assert.equal("ENETUNREACH", results[3].error.code)
    assert.equal("ping: connect: Network is unreachable", tostring(results[3]))
  end)

  it("sends to each as many and as often as told", function()
    local results = netlua.ping_all(everybody(), { count = 3, interval = 0.05, size = 100 })
    for _, r in ipairs(results) do
      assert.equal(3, r.received, tostring(r))
      assert.same({ 1, 2, 3 }, { r.replies[1].seq, r.replies[2].seq, r.replies[3].seq })
      assert.equal(108, r.replies[1].bytes)
      assert.is_true(r.time >= 0.05, tostring(r)) -- not late, it is 0.1
    end
    assert.matches("3 packets transmitted, 3 received, 0%% packet loss", tostring(results[1]))
  end)

  it("takes datagram sockets where raw ones are refused", function()
    for _, host in ipairs(hosts) do host:sysctl("net.ipv4.ping_group_range", "0\t0") end
    for _, r in ipairs(netlua.ping_all(everybody(), { socket = "dgram", count = 2 })) do
      assert.equal(2, r.received, tostring(r))
    end
  end)

  it("does nothing for nobody", function()
    assert.same({}, netlua.ping_all {})
  end)

  it("takes turns with others", function()
    local results = netlua.all {
      function() return netlua.ping_all(everybody(), { count = 2, interval = 0.02 }) end,
      function() return hosts[1]:ping(hosts[2], { count = 3, interval = 0.01 }) end,
    }
    assert.equal(30, #results[1])
    for _, r in ipairs(results[1]) do assert.equal(2, r.received) end
    assert.equal(3, results[2].received)
  end)

  it("holds no descriptor of its own afterwards, even while results live", function()
    local before = support.snapshot()
    local results = netlua.ping_all(everybody())
    assert.is_nil(support.leaks_since(before))
    assert.equal(30, #results)
  end)

  describe("refuses", function()
    it("what is no list of pairs, and says which entry", function()
      assert.equal("pairs", raises(netlua.ping_all).field)
      assert.equal("pairs", raises(netlua.ping_all, 5).field)
      for _, entry in ipairs { 7, "h1", {} } do
        local err = raises(netlua.ping_all, { { from = hosts[1], to = hosts[2] }, entry })
        assert.equal("ping_all", err.op)
        assert.matches("entry 2", tostring(err))
      end
      assert.equal("target", raises(netlua.ping_all, { { from = hosts[1] } }).field)
    end)

    it("options that it does not know or that are wrong", function()
      assert.matches("unknown key 'cuont'", tostring(raises(netlua.ping_all, everybody(), { cuont = 1 })))
      assert.equal("options", raises(netlua.ping_all, everybody(), 5).field)
      assert.equal("count", raises(netlua.ping_all, everybody(), { count = 0 }).field)
    end)
  end)
end)
