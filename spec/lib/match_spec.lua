-- netlua.match: what a table says about a packet. Packets are made from bytes; nothing here needs a network.
local netlua = require "netlua"
local core = require "netlua.core"
local match = require "netlua.match"

local here = debug.getinfo(1, "S").source:match "^@(.*)/lib/" or "spec"

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

describe("match", function()
  local echo, arp, syn

  setup(function()
    local function first(name, spec)
      local capture <close> = netlua.capture.open(("%s/data/golden/%s.pcap"):format(here, name))
      return assert(capture:select(spec)[1], name)
    end
    echo = first("icmp", { icmp = { type = "echo request" } })
    arp = first("arp", { arp = { op = "request" } })
    syn = first("tcp", { tcp = { flags = "S" } })
  end)

  local function matches(packet, spec) return match.compile("spec", spec):test(packet) end

  it("compares values, nested", function()
    assert.is_true(matches(echo, { icmp = { type = "echo request" } }))
    assert.is_false(matches(echo, { icmp = { type = "echo reply" } }))
    assert.is_true(matches(echo, { icmp = { type = "echo request" }, ip = { ttl = echo.ip.ttl, src = echo.ip.src } }))
    assert.is_false(matches(echo, { icmp = { type = "echo request" }, ip = { ttl = echo.ip.ttl + 1 } }))
    assert.is_false(matches(arp, { icmp = { type = "echo request" } }))
  end)

  it("takes an empty table and true for what is there, false for what is not", function()
    assert.is_true(matches(arp, { arp = {} }))
    assert.is_true(matches(arp, { arp = true }))
    assert.is_true(matches(arp, { ip = false }))
    assert.is_false(matches(arp, { arp = false }))
    assert.is_false(matches(arp, { tcp = {} }))
    assert.is_true(matches(arp, { tcp = match.absent, arp = match.present }))
  end)

  it("has ranges, sets, negations, patterns and functions", function()
    local ttl = echo.ip.ttl
    assert.is_true(matches(echo, { ip = { ttl = match.range(ttl, ttl) } }))
    assert.is_true(matches(echo, { ip = { ttl = match.range(nil, ttl) } }))
    assert.is_false(matches(echo, { ip = { ttl = match.range(ttl + 1, nil) } }))
    assert.is_true(matches(syn, { tcp = { flags = match.any_of { "S", "S." } } }))
    assert.is_true(matches(syn, { tcp = { flags = match.any_of("R", "S") } }))
    assert.is_false(matches(syn, { tcp = { flags = match.no "S" } }))
    assert.is_true(matches(arp, { tcp = match.no {} }))
    assert.is_true(matches(echo, { icmp = { type = match.pattern "^echo" } }))
    assert.is_true(matches(echo, { ip = { ttl = function(value) return value == ttl end } }))
    assert.is_false(matches(arp, { ip = function() error "not asked for what is not there" end }))
    assert.is_true(matches(echo, function(p) return p.icmp end))
    assert.is_true(matches(echo, match.all_of { { icmp = {} }, { ip = {} } }))
    assert.is_false(matches(echo, match.all_of { { icmp = {} }, { arp = {} } }))
    assert.is_true(matches(echo, match.any_of { { arp = {} }, { icmp = {} } }))
  end)

  it("knows two texts of one IPv6 address", function()
    local capture <close> = netlua.capture.open(here .. "/data/golden/icmp6.pcap")
    for p in capture:each() do
      local bytes = core.ip_parse(p.ip.src)
      local long = ("%04x:%04x:%04x:%04x:%04x:%04x:%04x:%04x"):format((">I2"):rep(8):unpack(bytes))
      assert.is_true(matches(p, { ip = { src = long:upper() } }))
    end
  end)

  it("takes filters in pcap's language", function()
    assert.is_true(matches(echo, "icmp"))
    assert.is_true(matches(arp, "arp"))
    assert.is_false(matches(arp, "icmp"))
    assert.is_true(matches(syn, "tcp[tcpflags] & tcp-syn != 0"))
    local err = fails(match.compile, "expect.never", "icmp and and")
    assert.equal("filter", err.field)
    assert.matches("syntax error", err.message)
  end)

  it("refuses names that no packet can have", function()
    local err = fails(match.compile, "expect.never", { icpm = {} })
    assert.equal("expect.never", err.op)
    assert.equal("icpm", err.field)
    assert.equal("icmp.typ", fails(match.compile, "x", { icmp = { typ = 1 } }).field)
    assert.equal("icmp.inner.ipp", fails(match.compile, "x", { icmp = { inner = { ipp = {} } } }).field)
    assert.equal("matcher", fails(match.compile, "x", 5).field)
    assert.equal("bounds", fails(match.range, "a", 1).field)
    match.compile("x", { ip2 = { src = "192.0.2.1" }, ifname = "eth0", node = "a" })
  end)

  it("explains field by field", function()
    local matcher = match.compile("x", { icmp = { type = "echo reply" }, ip = { ttl = match.range(1, 2) }, tcp = {} })
    local findings, agree = matcher:explain(echo)
    assert.same({
      { path = "icmp.type", want = '"echo reply"', got = '"echo request"', ok = false },
      { path = "ip.ttl", want = "1..2", got = tostring(echo.ip.ttl), ok = false },
      { path = "tcp", want = "{}", got = "nothing", ok = false },
    }, findings)
    assert.equal(2, agree) -- the two layers
    assert.equal('{ icmp = { type = "echo reply" }, ip = { ttl = 1..2 }, tcp = {} }', matcher.text)
    local nearest, index = matcher:nearest { arp, echo, arp }
    assert.equal(echo, nearest)
    assert.equal(2, index)
  end)
end)
