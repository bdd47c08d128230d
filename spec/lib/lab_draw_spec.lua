-- lab:draw and `netlua draw`: pictures with interface names and addresses.
local netlua = require "netlua"
local core = require "netlua.core"

local function declare()
  local lab = netlua.lab 'a "lab"'
  local pc, s, r = lab:host "pc", lab:switch "s", lab:router "r"
  local server = lab:host "server <1>"
  lab:link(pc, s)
  lab:link(s, r, { net = "192.0.2.0/24" })
  lab:link(r, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" }, mtu = 1400 })
  lab:link(server, s)
  return lab
end

describe("lab:draw", function()
  it("draws a tree for the terminal, every link once", function()
    local text = declare():draw()
    assert.matches("^pc\n└─ eth0 192.0.2.1/24 2001:db8:0:1::1/64 ── eth0  s %(switch%)\n", text)
    assert.matches("eth1 198.51.100.254/24 2001:db8:2::fe/64 ── eth0 198.51.100.1/24 2001:db8:2::1/64  server <1>  [mtu 1400]",
      text, 1, true)
    assert.matches("↑ s (switch)", text, 1, true) -- the ring's last link
    local _, links = text:gsub(" ── ", "")
    assert.equal(4, links)
  end)

  it("writes DOT and Mermaid with everything quoted", function()
    local lab = declare()
    local dot = lab:draw "dot"
    assert.matches('graph "a \\"lab\\"" {', dot, 1, true)
    assert.matches('n3 [label="r", shape=circle];', dot, 1, true)
    assert.matches('taillabel="eth0\\n192.0.2.1/24\\n2001:db8:0:1::1/64"', dot, 1, true)
    local mermaid = lab:draw "mermaid"
    assert.matches('n4["server #lt;1#gt;"]', mermaid, 1, true)
    assert.matches('n3 ---|"eth1 198.51.100.254/24', mermaid, 1, true)
  end)

  it("refuses a format that it does not know", function()
    assert.error_matches(function() declare():draw "png" end, "draw: format: expected text, dot, svg or mermaid, got 'png'", 1, true)
  end)

  it("makes SVG where graphviz is, and names the package where it is not", function()
    local ok, result = pcall(function() return declare():draw "svg" end)
    if ok then
      assert.matches("<svg", result, 1, true)
      assert.matches("198.51.100.254/24", result, 1, true)
    else
      assert.equal("ENOENT", result.code)
      assert.matches("apt install graphviz", tostring(result), 1, true)
    end
  end)
end)

describe("netlua draw", function()
  local ns
  before_each(function() ns = netlua.netns.add "draw" end)
  after_each(function() ns:close() end)

  local function run(script, format)
    return ns:run({ core.executable(), "draw", "--format", format or "text", "/dev/stdin" }, { stdin = script })
  end

  it("draws a shipped chapter's, and prints nothing else", function()
    local result = ns:run { core.executable(), "draw", "ch3_two_routers.lua" }
    assert.equal(0, result.code, result.stderr)
    assert.matches("^ns1\n└─ eth0 192.0.2.1/24 ── eth0 192.0.2.254/24  r1 %(router%)\n", result.stdout)
    assert.matches("Chapter 3: two routers", result.stderr, 1, true)
  end)

  it("draws the lab of a script that builds one", function()
    local r = run [[
      local lab <close> = require("netlua").lab "x"
      lab:link(lab:host "a", lab:host "b")
      lab:build()
      error "never comes here"
    ]]
    assert.equal(0, r.code, r.stderr)
    assert.equal("a\n└─ eth0 198.18.0.1/24 2001:db8:0:1::1/64 ── eth0 198.18.0.2/24 2001:db8:0:1::2/64  b\n", r.stdout)
  end)

  it("says what is wrong with a script or the lab, with status 1", function()
    local r = run "print 'no lab'"
    assert.equal(1, r.code)
    assert.matches("builds no lab", r.stderr, 1, true)
    assert.equal(2, run("", "png").code)
    r = run "x ="
    assert.equal(1, r.code)
    assert.matches("unexpected symbol", r.stderr, 1, true)
    r = run [[
      local lab = require("netlua").lab "x"
      lab:link(lab:host "a", lab:host "b", { addr = { "192.0.2.1/24", "192.0.2.2/23" } })
      lab:build()
    ]]
    assert.equal(1, r.code)
    assert.matches("two prefix lengths", r.stderr, 1, true)
  end)
end)
