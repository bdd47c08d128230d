-- netlua.expect over packets: what holds, and how a failure explains itself.
local netlua = require "netlua"
local core = require "netlua.core"
local expect = require "netlua.expect"
local match = require "netlua.match"

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

local request = { icmp = { type = "echo request" } }
local reply = { icmp = { type = "echo reply" } }

describe("expect", function()
  local lab, a, b, capture

  setup(function()
    lab = netlua.lab "expect"
    a, b = lab:host "a", lab:host "b"
    lab:link(a, b, { net = "192.0.2.0/24" })
    lab:build()
    capture = b:capture("eth0", "icmp or arp")
    a:ping(b, { count = 2, interval = 0.01 })
    capture:stop() -- the other examples ping too
  end)
  teardown(function()
    capture:close()
    lab:close()
  end)

  it("sequence holds for packets in this order, others between them", function()
    local found = expect.sequence(capture, { { arp = { op = "request" } }, request, reply, reply })
    assert.equal(4, #found)
    assert.equal(2, found[4].icmp.seq)
    assert.equal("a", (expect.sequence(capture, { { ip = { src = a } } }) and "a"))
  end)

  it("sequence shows the nearest miss, what came before, and the ladder", function()
    local err = fails(expect.sequence, capture,
      { request, { icmp = { type = "echo reply" }, ip = { src = "192.0.2.77" } } }, { timeout = 0 })
    local text = tostring(err)
    assert.matches("^[^\n]*expect_packets_spec.lua:%d+: expect.sequence: packet 2 of 2 is missing\n", text)
    assert.matches('wanted    { icmp = { type = "echo reply" }, ip = { src = "192.0.2.77" } }', text, 1, true)
    assert.matches("after     %d+: [%d:.]+ IP 192.0.2.1 > 192.0.2.2: ICMP echo request, .* seq 1", text)
    assert.matches("nearest   %d+: [%d:.]+ IP 192.0.2.2 > 192.0.2.1: ICMP echo reply, .* seq 1", text)
    assert.matches('ok  icmp.type  "echo reply"', text, 1, true)
    assert.matches('NO  ip.src     wanted "192.0.2.77", got "192.0.2.2"', text, 1, true)
    assert.matches("captured  %d+ packets at eth0 in b", text)
    assert.matches("├[─]+ ICMP echo request, id %d+, seq 1, length 64 [─]+▶", text)
    assert.equal(1, #err.matched)
    assert.equal("echo reply", err.nearest.icmp.type)
  end)

  it("sequence says when the packet came too early", function()
    local err = fails(expect.sequence, capture,
      { { icmp = { type = "echo reply", seq = 2 } }, { arp = { op = "request" } } }, { timeout = 0, ladder = false })
    assert.matches("too early %d+: .*ARP, Request", err.message)
    assert.is_nil(err.message:find "├")
  end)

  it("sequence waits for a capture that goes on", function()
    local later <close> = b:capture("eth0", "icmp")
    netlua.all {
      function() expect.sequence(later, { request, reply }, { timeout = 5 }) end,
      function() a:ping(b, { count = 1 }) end,
    }
  end)

  it("count holds for a number or a range", function()
    assert.equal(2, expect.count(capture, reply, 2))
    assert.equal(4, expect.count(capture, { icmp = {} }, match.range(1, 4)))
    assert.equal(0, expect.count(capture, { tcp = {} }, 0))
    local err = fails(expect.count, capture, reply, 3, { timeout = 0 })
    assert.matches("2 packets, expected 3", err.message, 1, true)
    assert.matches("nearest", err.message)
    assert.equal(2, err.count)
    assert.matches("4 packets, expected 1..2", fails(expect.count, capture, { icmp = {} }, match.range(1, 2)).message)
    assert.equal("n", fails(expect.count, capture, reply, "2").field)
    assert.equal("n", fails(expect.count, capture, reply, 2.5).field)
  end)

  it("never holds while there is none", function()
    expect.never(capture, { tcp = {} })
    expect.never(capture, { udp = {} }, { timeout = 0.01 })
    local err = fails(expect.never, capture, reply)
    assert.matches("there is such a packet\n  unwanted  { icmp", err.message)
    assert.matches("found     %d+: .*ICMP echo reply", err.message)
  end)

  it("within waits from now on, and counts what has crossed", function()
    assert.equal(1, expect.within(capture, 0, reply).icmp.seq)
    local err = fails(expect.within, capture, 0.01, { tcp = {} })
    assert.matches("no such packet within 0.01 s", err.message)
    assert.equal("seconds", fails(expect.within, capture, "1", reply).field)
  end)

  it("leaves a pcapng where it is asked to", function()
    local path = os.tmpname()
    local err = fails(expect.never, capture, reply, { save = path })
    assert.matches("saved as  " .. path, err.message, 1, true)
    local saved <close> = netlua.capture.open(path)
    os.remove(path)
    assert.equal("pcapng", saved.format)
    assert.equal(#capture:packets(), #saved:packets())
    assert.equal("b", saved:packets()[1].node)
  end)

  it("works on files", function()
    local path = os.tmpname()
    capture:save(path)
    local saved <close> = netlua.capture.open(path)
    os.remove(path)
    expect.sequence(saved, { request, reply })
    local before = netlua.now()
    fails(expect.sequence, saved, { { tcp = {} } }, { timeout = 60 })
    assert.is_true(netlua.now() - before < 30) -- nothing more can come: it did not wait
  end)

  it("names misuse by its field", function()
    assert.equal("capture", fails(expect.sequence, {}, { reply }).field)
    assert.equal("capture", fails(expect.never, nil, reply).field)
    assert.equal("matchers", fails(expect.sequence, capture, {}).field)
    assert.equal("options", fails(expect.never, capture, reply, { tiemout = 1 }).field)
    assert.equal("timeout", fails(expect.never, capture, reply, { timeout = -1 }).field)
    assert.equal("icpm", fails(expect.never, capture, { icpm = {} }).field)
  end)

  it("takes more expectations", function()
    expect.add("even", function(n) return n % 2 == 0, n % 2 == 0 and n or n .. " is odd" end)
    assert.equal(4, expect.even(4))
    assert.matches("expect.even: 3 is odd", tostring(fails(expect.even, 3)), 1, true)
    assert.even(2)
    assert.is_not.even(3)
    assert.has_error(function() assert.even(5) end)
    expect.even = nil
  end)
end)

describe("luassert", function()
  it("has the same expectations under the same names", function()
    local lab <close> = netlua.lab "luassert"
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    lab:build()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping(b, { count = 1 })
    assert.sequence(capture, { request, reply })
    assert.count(capture, reply, 1)
    assert.never(capture, { tcp = {} })
    assert.within(capture, 0, reply)
    assert.is_not.never(capture, reply)
    local ok, message = pcall(function() assert.never(capture, reply) end)
    assert.is_false(ok)
    assert.matches("expect.never: there is such a packet", tostring(message), 1, true)
  end)
end)
