-- netlua.wait: deadlines, and what an error says of what was awaited.
local netlua = require "netlua"
local support = require "spec.support"
local wait = netlua.wait

local function pair()
  local a, b = support.netns "a", support.netns "b"
  a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
  return a, b
end

local function up(...)
  for _, ns in ipairs { ... } do ns.link:set("eth0", { up = true }) end
end

describe("netlua.wait", function()
  it("returns what the predicate returns", function()
    local calls = 0
    local a, b = wait(function()
      calls = calls + 1
      return calls == 3 and "yes", "more"
    end)
    assert.same({ 3, "yes", "more" }, { calls, a, b })
  end)

  it("does not wait for what is there", function()
    assert.is_true(wait(function() return true end, { timeout = 0 }))
  end)

  it("says what was awaited, what was last seen, and how long", function()
    local err = support.raises(function()
      wait(function() return nil, "3 lines" end, { timeout = 0.01, what = "five lines" })
    end)
    assert.equal("ETIMEDOUT", err.code)
    assert.equal("3 lines", err.last_seen)
    assert.matches("wait_spec.lua:%d+: wait for five lines: it did not come about in 0%.01 s %(ETIMEDOUT%); last seen: 3 lines$",
      tostring(err))
  end)

  it("passes on the predicate's own error", function()
    local ok, err = pcall(wait, function() error("broken", 0) end)
    assert.is_false(ok)
    assert.equal("broken", err)
  end)

  it("looks again when the kernel tells of a change", function()
    local a = support.netns "a"
    local looked = 0
    netlua.all {
      function()
        wait(function()
          looked = looked + 1
          return #a.rule:list { table = 9 } > 0
        end, { on = a, timeout = 5 })
      end,
      function()
        netlua.sleep(0.2)
        a.rule:add { table = 9 }
      end,
    }
    -- Twice at the start, once or twice for the rule: not every now and then.
    assert.is_true(looked <= 5, tostring(looked))
  end)

  it("takes turns with other tasks", function()
    local flag
    local results = netlua.all {
      function() return wait(function() return flag end) end,
      function()
        netlua.sleep(0.02)
        flag = "set"
      end,
    }
    assert.equal("set", results[1])
  end)

  it("names what it cannot use", function()
    assert.equal("predicate", support.raises(wait, "x").field)
    assert.equal("timeout", support.raises(wait, print, { timeout = -1 }).field)
    assert.equal("timeout", support.raises(wait, print, { timeout = 0 / 0 }).field)
    assert.equal("what", support.raises(wait, print, { what = 1 }).field)
    assert.equal("netns", support.raises(wait, print, { on = 1 }).field)
    assert.matches("unknown key 'tiemout'", support.raises(wait, print, { tiemout = 1 }).message)
    assert.equal("options", support.raises(wait, print, 5).field)
  end)
end)

describe("wait.link", function()
  it("waits for a link to come", function()
    local a = support.netns "a"
    local results = netlua.all {
      function() return wait.link(a, "eth7") end,
      function()
        netlua.sleep(0.02)
        a.link:add("eth7", { type = "veth", peer = "eth8" })
      end,
    }
    assert.equal("eth7", results[1].ifname)
  end)

  it("says which links there are", function()
    local err = support.raises(wait.link, support.netns "a", "eth7", { timeout = 0 })
    assert.equal("ETIMEDOUT", err.code)
    assert.matches("^no link eth7 among lo", err.last_seen)
    assert.equal("a", err.node)
  end)

  it("checks its arguments", function()
    assert.equal("netns", support.raises(wait.link, "a", "eth0").field)
    assert.equal("dev", support.raises(wait.link, support.netns(), 7).field)
    assert.equal("options", support.raises(wait.link, support.netns(), "eth0", { what = "x" }).field)
  end)

  it("refuses a closed namespace", function()
    local a = netlua.netns.add "a"
    a:close()
    assert.matches("closed netns", support.raises(wait.link, a, "lo").message)
  end)
end)

describe("wait.carrier", function()
  it("waits until both ends are up", function()
    local a, b = pair()
    up(a)
    local results = netlua.all {
      function() return wait.carrier(a, "eth0") end,
      function()
        netlua.sleep(0.02)
        up(b)
      end,
    }
    assert.equal("UP", results[1].operstate)
  end)

  it("says in which state the link was", function()
    local a = pair()
    up(a)
    local err = support.raises(wait.carrier, a, "eth0", { timeout = 0.01 })
    assert.matches("^eth0 <.*UP.*> state ", err.last_seen)
    assert.matches("for carrier on eth0", tostring(err))
    assert.equal("no link eth9", support.raises(wait.carrier, a, "eth9", { timeout = 0 }).last_seen)
  end)

  it("knows that the loopback has none", function()
    assert.equal("lo", wait.carrier(support.netns "a", "lo").ifname)
  end)
end)

describe("wait.dad", function()
  it("waits until no address is tentative", function()
    local a, b = pair()
    up(a, b)
    a.addr:add("2001:db8::1/64", "eth0")
    assert.is_true(wait.dad(a))
    for _, link in ipairs(a.addr:list { family = "inet6" }) do
      for _, addr in ipairs(link.addr_info) do assert.is_nil(addr.tentative) end
    end
  end)

  it("looks at one link only where it is told to", function()
    local a = pair()
    up(a) -- no carrier: its addresses stay tentative
    a.addr:add("2001:db8::1/64", "eth0")
    assert.is_true(wait.dad(a, { dev = "lo", timeout = 0 }))
    assert.matches("^tentative: 2001:db8::1 on eth0", support.raises(wait.dad, a, { timeout = 0.01 }).last_seen)
  end)

  it("raises at once when there is a duplicate", function()
    local a, b = pair()
    up(a, b)
    wait.carrier(a, "eth0")
    a.addr:add("2001:db8::1/64", "eth0", { nodad = true })
    b.addr:add("2001:db8::1/64", "eth0")
    local err = support.raises(wait.dad, b)
    assert.equal("EADDRINUSE", err.code)
    assert.equal("2001:db8::1 on eth0", err.subject)
  end)
end)

describe("wait.neigh", function()
  local function net()
    local a, b = pair()
    up(a, b)
    a.addr:add("192.0.2.1/24", "eth0")
    b.addr:add("192.0.2.2/24", "eth0")
    return a, b
  end

  it("waits until a neighbour is reachable", function()
    local a, b = net()
    local results = netlua.all {
      function() return wait.neigh(a, "192.0.2.2", "REACHABLE") end,
      function()
        netlua.sleep(0.02)
        a.neigh:add("192.0.2.2", { dev = "eth0", nud = "none", use = true })
      end,
    }
    assert.equal(b.link:get("eth0").address, results[1].lladdr)
  end)

  it("takes any usable state when none is given, and both ways of writing one", function()
    local a = net()
    a.neigh:add("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:07" })
    assert.equal("02:00:00:00:00:07", wait.neigh(a, "192.0.2.7", nil, { timeout = 0 }).lladdr)
    assert.equal("192.0.2.7", wait.neigh(a, "192.0.2.7", "permanent", { timeout = 0 }).dst)
  end)

  it("says in which state it was", function()
    local a = net()
    local err = support.raises(wait.neigh, a, "192.0.2.7", "reachable", { timeout = 0 })
    assert.equal("no neighbour 192.0.2.7", err.last_seen)
    a.neigh:add("192.0.2.7", { dev = "eth0", lladdr = "02:00:00:00:00:07" })
    err = support.raises(wait.neigh, a, "192.0.2.7", "reachable", { timeout = 0 })
    assert.equal("192.0.2.7 on eth0 PERMANENT", err.last_seen)
    assert.matches("for neighbour 192.0.2.7 REACHABLE", tostring(err))
  end)

  it("knows the states", function()
    assert.equal("state", support.raises(wait.neigh, net(), "192.0.2.7", "happy").field)
  end)
end)

describe("wait.route", function()
  it("waits for a route to just that prefix", function()
    local a, b = pair()
    up(a, b)
    a.addr:add("192.0.2.1/24", "eth0")
    local results = netlua.all {
      function() return wait.route(a, "198.51.100.0/24", { via = "192.0.2.9" }) end,
      function()
        netlua.sleep(0.01)
        a.route:add("198.51.0.0/16", { via = "192.0.2.9" })
        a.route:add("198.51.100.0/24", { via = "192.0.2.8" })
        netlua.sleep(0.01)
        a.route:replace("198.51.100.0/24", { via = "192.0.2.9" })
      end,
    }
    assert.same({ "198.51.100.0/24", "192.0.2.9" }, { results[1].dst, results[1].gateway })
  end)

  it("waits for default routes and those of other tables and families", function()
    local a, b = pair()
    up(a, b)
    a.addr:add("192.0.2.1/24", "eth0")
    a.addr:add("2001:db8::1/64", "eth0", { nodad = true })
    local err = support.raises(wait.route, a, "default", { timeout = 0.01 })
    assert.equal("no route default", err.last_seen)
    assert.equal("ETIMEDOUT", support.raises(wait.route, a, "default", { timeout = 0.01, table = 77 }).code)
    a.route:add("default", { via = "192.0.2.9", table = 77 })
    assert.equal("192.0.2.9", wait.route(a, "default", { table = 77 }).gateway)
    a.route:add("default", { via = "2001:db8::9" })
    assert.equal("2001:db8::9", wait.route(a, "default", { via = "2001:db8::9" }).gateway)
  end)

  it("says which route there was", function()
    local a, b = pair()
    up(a, b)
    a.addr:add("192.0.2.1/24", "eth0")
    a.route:add("198.51.100.0/24", { via = "192.0.2.8" })
    local err = support.raises(wait.route, a, "198.51.100.0/24", { timeout = 0, via = "192.0.2.9" })
    assert.equal("198.51.100.0/24 via 192.0.2.8 dev eth0", err.last_seen)
    assert.matches("for route 198.51.100.0/24 via 192.0.2.9", tostring(err))
  end)
end)
