-- expect.reaches, unreachable, path, all_reach, verdict, listens: as calls and with luassert.
local netlua = require "netlua"
local expect = require "netlua.expect"

describe("expectations about a lab", function()
  local lab, a, r, b
  before_each(function()
    lab = netlua.lab "expect"
    a, r, b = lab:host "a", lab:router "r", lab:host "b"
    lab:link(a, r)
    lab:link(r, b)
    lab:build()
  end)
  after_each(function() lab:close() end)

  local function fails(fn, ...)
    local ok, err = pcall(fn, ...)
    assert.is_false(ok)
    assert.matches("expect_lab_spec.lua:%d+: expect%.", tostring(err))
    return tostring(err), err
  end

  it("hold when they hold", function()
    expect.reaches(a, b)
    expect.reaches(a, b, { family = "inet6" })
    expect.reaches("a", b)
    expect.reaches(a, "b")
    expect.path(a, b, { r, b })
    expect.path(a, b, { "r", b:addr_of "eth0" })
    expect.all_reach(lab)
    assert.reaches(a, b)
    assert.path(a, b, { r, b })
  end)

  it("say why they do not hold", function()
    r:sysctl("net.ipv4.ip_forward", 0)
    local text, err = fails(expect.reaches, a, b, { timeout = 0.2 })
    assert.matches("a does not reach b: 0 of 1 answered", text, 1, true)
    assert.matches("forwarding is off: r:", text, 1, true)
    assert.equal("forwarding is off", err.account.verdict)
    expect.unreachable(a, b)
    expect.verdict(a, b, "forwarding is off", r)
    assert.matches("expected 'no route'", fails(expect.verdict, a, b, "no route"), 1, true)
    assert.matches("2 pairs do not reach each other:\n  a -> b (inet)", fails(expect.all_reach, lab, { timeout = 0.2 }), 1, true)
    assert.unreachable(a, b)
    assert.is_not.reaches(a, b, { timeout = 0.2 })
    local ok, message = pcall(assert.reaches, a, b, { timeout = 0.2 })
    assert.is_false(ok)
    assert.matches("\nforwarding is off: r: [^\n]*$", tostring(message))
  end)

  it("tell a way that is another", function()
    assert.matches("the way from a to b is r, b, not b", fails(expect.path, a, b, { b }), 1, true)
    assert.matches("a reaches b, and should not", fails(expect.unreachable, a, b), 1, true)
  end)

  it("ask for ports", function()
    local server = b:spawn { "python3", "-m", "http.server", "80" }
    server:wait_port(80, { timeout = 20 })
    expect.listens(b, 80)
    assert.matches("nothing listens on tcp port 81 of b", fails(expect.listens, b, 81), 1, true)
    expect.reaches(a, b, { port = 80 })
    local both <close> = b:listen(82)
    assert.reaches(a, b, { port = both.port, family = "inet6" })
    assert.matches("a reaches tcp port 80 of b, and should not", fails(expect.unreachable, a, b, { port = 80 }), 1, true)
    -- The filter decides, not the ping.
    r:nft "add table inet f; add chain inet f c { type filter hook forward priority 0; }; add rule inet f c tcp dport 80 drop"
    expect.reaches(a, b)
    expect.unreachable(a, b, { port = 80 })
    assert.unreachable(a, b, { port = 81 })
    assert.matches("a does not reach tcp port 80 of b: Connection timed out\n.*\ndropped by filter: r: ",
      fails(expect.reaches, a, b, { port = 80, timeout = 0.2 }))
    assert.matches("a does not reach tcp port 81 of b: Connection refused\n.*\nnobody listens: b: ",
      fails(expect.reaches, a, b, { port = 81 }))
    assert.matches("reaches: size: has no meaning with a port", fails(expect.reaches, a, b, { port = 80, size = 9 }), 1, true)
    assert.matches("reaches: port: expected an integer from 1 to 65535, got http", fails(expect.reaches, a, b, { port = "http" }), 1, true)
    assert.matches("all_reach: port: has no meaning for every pair", fails(expect.all_reach, lab, { port = 80 }), 1, true)
  end)

  it("refuse misuse at the spec's line, not in luassert", function()
    local ok, err = pcall(assert.reaches, a, lab:host "lonely")
    assert.is_false(ok)
    assert.matches("expect_lab_spec.lua:%d+: ping: target: lonely has no IP address", tostring(err))
  end)

  it("refuse misuse by name", function()
    assert.matches("reaches: options: unknown key 'tmeout'", fails(expect.reaches, a, b, { tmeout = 1 }), 1, true)
    assert.matches("all_reach: lab: expected a lab, got nil", fails(expect.all_reach), 1, true)
  end)

  it("ping every pair of a star whose neighbours the kernel's table would not hold", function()
    local star <close> = netlua.lab("star", { family = "inet" })
    local hub = star:switch "hub"
    for i = 1, 40 do star:link(star:host("h" .. i), hub) end
    star:build()
    expect.all_reach(star)
    assert.is_true(star.knows_neighbours)
  end)
end)
