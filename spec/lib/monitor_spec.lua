-- ns:monitor: the kernel's notifications, in the form of the lists' entries.
local netlua = require "netlua"
local support = require "spec.support"
local answers = require "spec.support.answers"

-- A namespace with one link pair, both ends in it.
local function pair(name)
  local ns = support.netns(name or "a")
  ns.link:add("eth0", { type = "veth", peer = "eth1" })
  ns.link:set("eth0", { up = true, addrgenmode = "none" })
  ns.link:set("eth1", { up = true, addrgenmode = "none" })
  return ns
end

-- The first of the events that are there that has all of these keys' values.
local function find(events, wanted)
  for _, event in ipairs(events) do
    local same = true
    for key, value in pairs(wanted) do same = same and event[key] == value end
    if same then return event end
  end
end

describe("ns:monitor", function()
  it("tells of links, addresses, routes, neighbours, rules and nexthop objects that come", function()
    local ns = pair()
    local monitor = support.closing(ns:monitor())
    ns.link:set("eth0", { mtu = 1400 })
    ns.addr:add("192.0.2.1/24", "eth0")
    ns.route:add("198.51.100.0/24", { via = "192.0.2.9" })
    ns.neigh:add("192.0.2.9", { dev = "eth0", lladdr = "02:00:00:00:00:09" })
    ns.rule:add { from = "192.0.2.0/24", table = 7 }
    ns.nexthop:add(5, { via = "192.0.2.9", dev = "eth0" })
    local events = monitor:drain()
    -- That its carrier has come may be told after the monitor has begun, too.
    assert.is_table(find(events, { object = "link", event = "new", ifname = "eth0", mtu = 1400 }))
    assert.equal("eth0", find(events, { object = "addr", event = "new", ["local"] = "192.0.2.1" }).dev)
    assert.equal("192.0.2.9", find(events, { object = "route", event = "new", dst = "198.51.100.0/24" }).gateway)
    assert.equal("02:00:00:00:00:09", find(events, { object = "neigh", event = "new", dst = "192.0.2.9" }).lladdr)
    assert.equal("7", find(events, { object = "rule", event = "new", src = "192.0.2.0" }).table)
    assert.equal("192.0.2.9", find(events, { object = "nexthop", event = "new", id = 5 }).gateway)
  end)

  it("tells of those that go, with the names of links that are gone", function()
    local ns = pair()
    ns.addr:add("192.0.2.1/24", "eth0")
    ns.route:add("198.51.100.0/24", { via = "192.0.2.9" })
    ns.rule:add { from = "192.0.2.0/24", table = 7 }
    ns.nexthop:add(5, { via = "192.0.2.9", dev = "eth0" })
    local monitor = support.closing(ns:monitor())
    ns.route:del "198.51.100.0/24"
    ns.rule:del { from = "192.0.2.0/24" }
    ns.nexthop:del(5)
    ns.link:del "eth0"
    local events = monitor:drain()
    assert.is_table(find(events, { object = "route", event = "del", dst = "198.51.100.0/24", dev = "eth0" }))
    assert.is_table(find(events, { object = "rule", event = "del", table = "7" }))
    assert.is_table(find(events, { object = "nexthop", event = "del", id = 5 }))
    assert.is_table(find(events, { object = "addr", event = "del", ["local"] = "192.0.2.1", dev = "eth0" }))
    assert.is_table(find(events, { object = "link", event = "del", ifname = "eth0" }))
    assert.is_table(find(events, { object = "link", event = "del", ifname = "eth1" }))
  end)

  it("has the entries of the lists", function()
    local ns = pair()
    ns.addr:add("192.0.2.1/24", "eth0")
    local monitor = support.closing(ns:monitor { "route", "neigh", "rule" })
    ns.route:add("198.51.100.0/24", { via = "192.0.2.9", mtu = 1400, proto = "static" })
    ns.neigh:add("192.0.2.9", { dev = "eth0", lladdr = "02:00:00:00:00:09" })
    ns.rule:add { from = "192.0.2.0/24", table = 7, priority = 9 }
    for _, event in ipairs(monitor:drain()) do
      local object = event.object
      event.object, event.event = nil, nil
      local list = ns[object]:list(object == "route" and { table = "all", to = event.dst } or nil)
      local same = false
      for _, entry in ipairs(list) do same = same or not answers.differences(object, event, entry) end
      assert.is_true(same, object)
    end
  end)

  it("is silent on what was not asked for", function()
    local ns = pair()
    local monitor = support.closing(ns:monitor { "rule" })
    ns.addr:add("192.0.2.1/24", "eth0")
    ns.link:set("eth0", { mtu = 1400 })
    assert.is_nil(monitor:next { timeout = 0 })
    ns.rule:add { priority = 9, table = 7 }
    assert.equal("rule", monitor:next({ timeout = 1 }).object)
  end)

  it("follows a link to its new name though links were not asked for", function()
    local ns = pair()
    local monitor = support.closing(ns:monitor { "addr" })
    ns.link:set("eth0", { up = false })
    ns.link:set("eth0", { name = "wan0" })
    monitor:drain()
    ns.addr:add("192.0.2.1/24", "wan0")
    assert.equal("wan0", monitor:next({ timeout = 1 }).dev)
  end)

  it("waits no longer than it may", function()
    local ns = support.netns()
    local monitor = support.closing(ns:monitor { "link" })
    local started = netlua.now()
    assert.is_nil(monitor:next { timeout = 0.05 })
    assert.is_true(netlua.now() - started >= 0.05)
  end)

  it("is an iterator", function()
    local ns = pair()
    local monitor = support.closing(ns:monitor { "addr" })
    for i = 1, 3 do ns.addr:add(("192.0.2.%d/24"):format(i), "eth0") end
    local seen = {}
    for event in monitor do
      seen[#seen + 1] = event["local"]
      if #seen == 3 then break end
    end
    assert.same({ "192.0.2.1", "192.0.2.2", "192.0.2.3" }, seen)
  end)

  it("ends the iteration when it is closed", function()
    local ns = support.netns()
    local monitor = ns:monitor { "addr" }
    monitor:close()
    for _ in monitor do error "an event out of a closed monitor" end
  end)

  it("takes turns with other tasks", function()
    local ns = pair()
    local monitor = support.closing(ns:monitor { "addr" })
    local results = netlua.all {
      function() return monitor:next({ timeout = 5 })["local"] end,
      function()
        netlua.sleep(0.01)
        ns.addr:add("192.0.2.1/24", "eth0")
        return "done"
      end,
    }
    assert.same({ "192.0.2.1", "done" }, results)
  end)

  it("reports events that were lost, and goes on", function()
    local ns = pair()
    local monitor = support.closing(ns:monitor({ "route" }, { buffer = 4096 }))
    for i = 1, 250 do ns.route:add("198.18.0." .. i, { dev = "eth0" }) end
    local lost
    for _, event in ipairs(monitor:drain()) do
      if event.event == "lost" then lost = event end
    end
    assert.is_table(lost)
    assert.equal("ENOBUFS", lost.error.code)
    assert.is_string(lost.error.hint)
    monitor:drain()
    ns.route:add("203.0.113.0/24", { dev = "eth0" })
    assert.equal("203.0.113.0/24", monitor:next({ timeout = 1 }).dst)
  end)

  it("outlives the namespace's handle", function()
    local ns = netlua.netns.add "short"
    local monitor = support.closing(ns:monitor { "link" })
    ns:close()
    assert.is_nil(monitor:next { timeout = 0 })
  end)

  it("names the word it does not know", function()
    local ns = support.netns()
    local err = support.raises(ns.monitor, ns, { "link", "tunnel" })
    assert.equal("objects", err.field)
    assert.matches("got 'tunnel'", err.message)
    assert.equal("objects", support.raises(ns.monitor, ns, {}).field)
    assert.equal("objects", support.raises(ns.monitor, ns, "link").field)
    assert.equal("buffer", support.raises(ns.monitor, ns, { "link" }, { buffer = 0 }).field)
    assert.matches("unknown key", support.raises(ns.monitor, ns, { "link" }, { size = 1 }).message)
  end)

  it("checks the options of next", function()
    local ns = support.netns()
    local monitor = support.closing(ns:monitor { "link" })
    assert.equal("timeout", support.raises(monitor.next, monitor, { timeout = -1 }).field)
    assert.equal("timeout", support.raises(monitor.next, monitor, { timout = 1 }).field)
  end)

  it("refuses a closed handle", function()
    local ns = netlua.netns.add "closed"
    local monitor = ns:monitor { "link" }
    monitor:close()
    monitor:close()
    assert.is_true(monitor:closed())
    assert.matches("closed monitor", support.raises(monitor.next, monitor, { timeout = 0 }).message)
    ns:close()
    assert.matches("closed netns", support.raises(ns.monitor, ns).message)
  end)
end)
