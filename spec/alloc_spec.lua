-- Every allocation fails once: an operation is run again and again, with all allocations refused from the first on, from the
-- second on, and so on until it gets through. Only "not enough memory" may come of it, and nothing may be left open: this
-- proves that no error of Lua jumps over something that C was holding.
local core = require "netlua.core"
local netlua = require "netlua"
local leaks = require "spec.support.leaks"

local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

-- Is this what lack of memory looks like, from Lua or from core?
local function is_memory(err)
  if core.is_error(err) then return err.code == "ENOMEM" end
  return tostring(err):find("not enough memory", 1, true) ~= nil
end

local function exhaust(operation)
  operation() -- modules are loaded and caches filled once, not in the middle of a count
  operation()
  leaks.collect()
  local before = count(core.descriptors())
  local n = 0
  repeat
    n = n + 1
    core.fail_allocation(n)
    local ok, err = pcall(operation)
    local refused = core.fail_allocation()
    if not ok and not is_memory(err) then
      error(("allocation %d: %s"):format(n, tostring(err)), 0)
    end
    -- Collecting each time would hide nothing and cost minutes.
    if n % 16 == 0 or not refused then
      leaks.collect()
      local now = count(core.descriptors())
      if now > before then
        -- What ends by itself gets its time.
        local left = leaks.left_since {}
        now = count(core.descriptors())
        if now > before then error(("allocation %d: %d descriptors more: %s"):format(n, now - before, left), 0) end
      end
    end
    assert(n < 20000, "it never gets through")
  until not refused
  return n
end

local operations = {
  ["netns.add"] = function()
    local ns <close> = netlua.netns.add "a"
    assert(tostring(ns):find "a")
  end,
  ["an error object"] = function()
    local ns <close> = netlua.netns.add "a"
    local ok, err = pcall(ns.addr.add, ns.addr, "192.0.2.1/40", "lo")
    assert(not ok)
    if is_memory(err) then error(err, 0) end
    assert(err.code == "EINVAL" and #tostring(err) > 40, tostring(err))
  end,
  ["misuse"] = function()
    local ns <close> = netlua.netns.add "a"
    local ok, err = pcall(ns.link.add, ns.link, "eth0", { type = "veth", colour = "red" })
    assert(not ok)
    if is_memory(err) then error(err, 0) end
    assert(tostring(err):find "colour", tostring(err))
  end,
  ["links, addresses, routes, neighbours"] = function()
    local a <close> = netlua.netns.add "a"
    a.link:add("eth0", { type = "veth", peer = { name = "eth1" }, up = true })
    a.link:set("eth1", { up = true })
    a.addr:add("192.0.2.1/24", "eth0")
    a.route:add("198.51.100.0/24", { via = "192.0.2.254" })
    a.neigh:add("192.0.2.254", { dev = "eth0", lladdr = "02:00:00:00:00:01" })
    assert(#a.link:list() == 3)
    assert(#a.addr:list() > 0)
    assert(#a.route:list() > 0)
    assert(#a.neigh:list() == 1)
    assert(a.route:get("198.51.100.1").dev == "eth0")
    a:sysctl("net.ipv4.ip_forward", 1)
    assert(a:sysctl "net.ipv4.ip_forward" == "1")
  end,
  ["ping"] = function()
    local a <close> = netlua.netns.add "a"
    local result = a:ping("127.0.0.1", { count = 2, interval = 0.001 })
    assert(result.received == 2 and #tostring(result) > 0)
  end,
  ["traceroute"] = function()
    local a <close> = netlua.netns.add "a"
    assert(a:traceroute "127.0.0.1".reached)
  end,
  ["links with options"] = function()
    local a <close> = netlua.netns.add "a"
    a.link:add("br0", { type = "bridge", stp_state = 1 })
    a.link:add("eth0", { type = "veth", peer = { name = "eth1" } })
    a.link:set("eth0", { master = "br0", up = true })
    assert(a.link:get("eth0").master == "br0")
    a.link:del "br0"
  end,
  ["rules"] = function()
    local a <close> = netlua.netns.add "a"
    a.rule:add { from = "192.0.2.0/24", table = 100 }
    assert(#a.rule:list() == 4)
  end,
  ["a program"] = function()
    local a <close> = netlua.netns.add "a"
    assert(a:run({ "echo", "hello" }).stdout == "hello\n")
  end,
  ["nft"] = function()
    local a <close> = netlua.netns.add "a"
    a:nft "add table inet t"
    a:nft "list tables"
  end,
  ["sockets"] = function()
    local a <close> = netlua.netns.add "a"
    local socket <close> = a:udp(5000)
    assert(socket)
  end,
  ["capture files"] = function()
    local name = os.tmpname()
    local packet = netlua.core.packet(("x"):rep(60), 1)
    local ok, err = pcall(function()
      netlua.core.check(netlua.core.capture_save(name, { packet, packet }, "pcapng"))
      assert(#netlua.core.check(netlua.core.capture_load(name)) == 2)
    end)
    os.remove(name)
    if not ok then error(err, 0) end
  end,
  ["why"] = function()
    local lab <close> = netlua.lab "why"
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    lab:build()
    assert(tostring(netlua.why(a, b)))
    assert(pcall(netlua.expect.unreachable, a, b) == false)
  end,
  ["packets"] = function()
    local bytes = "\2\0\0\0\0\1\2\0\0\0\0\2\8\0" .. "\69\0\0\28\0\0\0\0\64\1\182\221\192\0\2\1\192\0\2\2" .. "\8\0\247\255\0\0\0\0"
    local packet = netlua.core.packet(bytes, 1)
    assert(tostring(packet):find "ICMP echo request")
    assert(packet.ip.src == "192.0.2.1")
  end,
  ["a lab"] = function()
    local lab <close> = netlua.lab "alloc"
    local a, r, b = lab:host "a", lab:router "r", lab:host "b"
    lab:link(a, r)
    lab:link(r, b)
    lab:build()
    assert(a:ping(b, { count = 1 }).received == 1)
  end,
}

-- lua-cjson loses a buffer when memory runs out while it decodes, which is not ours to mend and which LeakSanitizer
-- would tell of: what reads nft's lists is tried in the other builds.
if require("spec.support").sanitized then operations.nft, operations.why = nil, nil end

describe("when memory runs out", function()
  if not core.fail_allocation then
    pending "this build has no failing allocator (NETLUA_TESTING)"
    return
  end

  for name, operation in pairs(operations) do
    it(name .. " fails clean at every allocation", function()
      assert.is_true(exhaust(operation) > 3)
    end)
  end

  it("a capture fails clean at every allocation", function()
    -- The ring is taken down in the background, which waits for the kernel: a few of the points are enough for each run.
    local a <close> = netlua.netns.add "a"
    exhaust(function()
      local capture <close> = a:capture "lo"
      assert(a:ping("127.0.0.1", { count = 1 }).received == 1)
      assert(#capture:packets() >= 2)
    end)
  end)

  it("and the collector works all the time, everything holds", function()
    collectgarbage("incremental", 1, 1000)
    local ok, err = pcall(function()
      for _, operation in pairs(operations) do operation() end
    end)
    collectgarbage("incremental", 200, 100) -- Lua's own
    assert(ok, err)
  end)
end)
