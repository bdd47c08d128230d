-- ns:capture and netlua.capture: armed at once, nothing lost, files; tcpdump is the oracle.
local netlua = require "netlua"
local core = require "netlua.core"
local support = require "spec.support"

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

local function tmpname(extension)
  local path = os.tmpname()
  os.remove(path)
  return path .. "." .. extension
end

-- The lines tcpdump prints for a file.
local function tcpdump(path, arguments)
  local pipe = assert(io.popen(("%s -n -r %s %s 2>/dev/null"):format(require("spec.support").tcpdump,
    path, arguments or "")))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

local function lines_of(packets)
  local lines = {}
  for i, p in ipairs(packets) do lines[i] = tostring(p) end
  return lines
end

-- Waits until the interfaces are done with their own chatter (neighbour discovery, MLD): none is wanted here.
local function pair()
  local a, b = netlua.netns.add "a", netlua.netns.add "b"
  a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
  for _, ns in ipairs { a, b } do
    ns.link:set("eth0", { addrgenmode = "none" })
    ns.link:set("eth0", { up = true })
  end
  a.addr:add("192.0.2.1/24", "eth0")
  b.addr:add("192.0.2.2/24", "eth0")
  return a, b
end

describe("capture", function()
  local a, b

  before_each(function() a, b = pair() end)
  after_each(function()
    a:close()
    b:close()
  end)

  it("has seen everything that crossed since the call returned, ARP included", function()
    local capture <close> = b:capture("eth0")
    assert.equal(1, a:ping("192.0.2.2", { count = 1 }).received)
    local seen = capture:packets()
    assert.equal(4, #seen, table.concat(lines_of(seen), "\n"))
    assert.equal("request", seen[1].arp.op)
    assert.equal("reply", seen[2].arp.op)
    assert.equal("echo request", seen[3].icmp.type)
    assert.equal("echo reply", seen[4].icmp.type)
    assert.same({ "in", "out", "in", "out" },
      { seen[1].direction, seen[2].direction, seen[3].direction, seen[4].direction })
    assert.equal("b", seen[1].node)
    assert.equal("eth0", seen[1].ifname)
    for i = 2, 4 do assert.is_true(seen[i].ts_ns >= seen[i - 1].ts_ns) end
  end)

  it("is armed in one thousand captures out of one thousand", function()
    for i = 1, 1000 do
      -- New neighbours at first, so that ARP is asked too; few, as all namespaces of the machine share one limit.
      b.addr:add(("192.0.2.%d/24"):format(i % 50 + 10), "eth0")
      local capture <close> = b:capture("eth0")
      a:ping(("192.0.2.%d"):format(i % 50 + 10), { count = 1 })
      local seen = capture:packets()
      local echoes, arps = 0, 0
      for _, p in ipairs(seen) do
        if p.icmp then echoes = echoes + 1 end
        if p.arp then arps = arps + 1 end
      end
      if echoes ~= 2 or (i <= 50 and arps < 2) then
        error(("capture %d: %s"):format(i, table.concat(lines_of(seen), "\n")))
      end
      b.addr:del(("192.0.2.%d/24"):format(i % 50 + 10), "eth0")
    end
  end)

  it("keeps seeing after the namespace object is closed", function()
    local capture <close> = b:capture("eth0")
    b:close()
    a:ping("192.0.2.2", { count = 1 })
    assert.equal(4, #capture:packets())
    b = netlua.netns.add "b"
  end)

  it("filters in pcap's language, from the first packet on", function()
    local capture <close> = b:capture("eth0", "icmp[icmptype] == icmp-echoreply")
    a:ping("192.0.2.2", { count = 2, interval = 0.01 })
    local seen = capture:packets()
    assert.equal(2, #seen)
    for _, p in ipairs(seen) do assert.equal("echo reply", p.icmp.type) end
    assert.same({ received = 2, dropped = 0, captured = 2, rings = 0 }, capture:stats())
  end)

  it("says in pcap's words what is wrong with a filter", function()
    local err = fails(b.capture, b, "eth0", "icmp and and")
    assert.equal("filter", err.field)
    assert.matches("syntax error", err.message)
    assert.matches("icmp and and", err.message, 1, true)
    assert.matches("capture_spec.lua:%d+: ", tostring(err))
  end)

  it("cuts packets at snaplen and keeps their length", function()
    local capture <close> = b:capture("eth0", "icmp", { snaplen = 40 })
    a:ping("192.0.2.2", { count = 1, size = 1000 })
    local seen = capture:packets()
    assert.equal(40, seen[1].caplen)
    assert.equal(1042, seen[1].len)
    assert.equal(1042, tonumber(seen[1]:line { e = true }:match ", length (%d+):"))
  end)

  it("refuses an interface that is not there, and misuse, by name", function()
    local err = fails(b.capture, b, "eth7")
    assert.equal("ENODEV", err.code)
    assert.equal("b", err.node)
    assert.matches("eth7", err.subject)
    assert.equal("options", fails(b.capture, b, "eth0", nil, { snaplne = 1 }).field)
    assert.equal("snaplen", fails(b.capture, b, "eth0", nil, { snaplen = 0 }).field)
    assert.equal("promisc", fails(b.capture, b, "eth0", nil, { promisc = 1 }).field)
    assert.equal("filter", fails(b.capture, b, "eth0", {}).field)
    assert.equal("interface", fails(b.capture, b, {}).field)
    assert.equal("ifname", fails(b.capture, b, ("x"):rep(16)).field)
    assert.equal("places", fails(netlua.capture.start, { "eth0" }).field)
  end)

  it("can be closed twice and says so when it is used afterwards", function()
    local capture = b:capture("eth0")
    capture:close()
    capture:close()
    assert.matches("closed capture", tostring(fails(capture.packets, capture)))
    assert.matches("closed", tostring(capture))
  end)

  it("keeps its packets when it is stopped", function()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping("192.0.2.2", { count = 1 })
    capture:stop()
    a:ping("192.0.2.2", { count = 1 })
    assert.equal(2, #capture:packets())
    assert.equal(2, capture:stats().captured)
  end)

  it("joins several nodes in the order of time", function()
    local capture <close> = netlua.capture.start({ { a, "eth0" }, b }, "icmp")
    a:ping("192.0.2.2", { count = 1 })
    local seen = capture:packets()
    assert.equal(4, #seen)
    local nodes = {}
    for i, p in ipairs(seen) do nodes[i] = p.node .. " " .. p.ifname .. " " .. p.direction end
    assert.same({ "a eth0 out", "b eth0 in", "b eth0 out", "a eth0 in" }, nodes)
  end)

  it("hands its packets to a loop, and waits for more", function()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping("192.0.2.2", { count = 2, interval = 0.01 })
    local types = {}
    for p in capture:each() do types[#types + 1] = p.icmp.type end
    assert.same({ "echo request", "echo reply", "echo request", "echo reply" }, types)
    local next_packet = capture:each { timeout = 5, match = { icmp = { type = "echo reply" } } }
    assert.equal(1, next_packet().icmp.seq)
    assert.equal(2, next_packet().icmp.seq)
    local pinged, caught = table.unpack(netlua.all {
      function() return a:ping("192.0.2.2", { count = 1 }) end,
      next_packet,
    })
    assert.equal(1, pinged.received)
    assert.equal("echo reply", caught.icmp.type)
  end)

  it("waits for a packet, also one that has crossed already", function()
    local capture <close> = b:capture("eth0")
    a:ping("192.0.2.2", { count = 2, interval = 0.01 })
    assert.equal(1, capture:wait({ icmp = { type = "echo reply" } }).icmp.seq)
    assert.equal(2, capture:wait({ icmp = { type = "echo reply" } }).icmp.seq)
    local err = fails(capture.wait, capture, { icmp = { type = "echo reply" } }, { timeout = 0.02 })
    assert.equal("ETIMEDOUT", err.code)
    assert.matches('icmp = { type = "echo reply" }', err.subject, 1, true)
    assert.matches("eth0 in b", err.subject)
    assert.matches("capture_spec.lua:%d+: ", tostring(err))
    capture:clear()
    local took = netlua.now()
    local other = netlua.all {
      function() return capture:wait({ icmp = {} }, { timeout = 5 }) end,
      function() return a:ping("192.0.2.2", { count = 1 }) end,
    }
    assert.equal("echo request", other[1].icmp.type)
    assert.is_true(netlua.now() - took < 4)
  end)

  it("says what was last seen when it waited in vain", function()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping("192.0.2.2", { count = 1 })
    local err = fails(capture.wait, capture, { icmp = { type = "echo reply", seq = 7 } }, { timeout = 0 })
    assert.matches("last seen: .*ICMP echo reply", err.hint)
    assert.matches("among 2 in 0 s", err.message)
  end)

  -- What the kernel of a namespace counted: { InEchos =, OutEchoReps =, … }.
  local function icmp_counters(ns)
    local text = ns:run({ "cat", "/proc/net/snmp" }).stdout
    local names, values = text:match "\nIcmp: (%u[^\n]*)\nIcmp: (%d[^\n]*)"
    local counters, next_value = {}, values:gmatch "%d+"
    for name in names:gmatch "%S+" do counters[name] = tonumber(next_value()) end
    return counters
  end

  it("drops and doubles nothing of a flood that is read late, though a ring takes over", function()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping("192.0.2.2", { count = 20000, flood = true })
    local stats = capture:stats()
    assert.equal(0, stats.dropped)
    assert.equal(1, stats.rings)
    local counters = icmp_counters(b)
    local seen, once, last_ns = { ["echo request"] = 0, ["echo reply"] = 0 }, {}, 0
    for _, p in ipairs(capture:packets()) do
      local kind, key = p.icmp.type, p.icmp.type .. p.icmp.seq
      seen[kind] = seen[kind] + 1
      assert.is_nil(once[key], tostring(p))
      assert.is_true(p.ts_ns >= last_ns, tostring(p))
      once[key], last_ns = true, p.ts_ns
    end
    assert.equal(counters.InEchos, seen["echo request"])
    assert.equal(counters.OutEchoReps, seen["echo reply"])
    assert.is_true(seen["echo reply"] > 10000) -- of a busy machine's ping not all come so far
  end)

  for _, buffer in ipairs { false, 1 << 20 } do
    local opts = buffer and { buffer = buffer } or nil
    local how = buffer and " (ring)" or ""

    it("puts VLAN tags back where they were, and filters on them" .. how, function()
      support.need_kind "vlan"
      for i, ns in ipairs { a, b } do
        ns.link:add("eth0.5", { type = "vlan", link = "eth0", id = 5 })
        ns.link:set("eth0.5", { addrgenmode = "none" })
        ns.link:set("eth0.5", { up = true })
        ns.addr:add(("198.51.100.%d/24"):format(i), "eth0.5")
      end
      local tagged <close> = b:capture("eth0", "vlan 5 and icmp", opts)
      local all <close> = b:capture("eth0", nil, opts)
      local inside <close> = b:capture("eth0.5", "icmp", opts)
      a:ping("198.51.100.2", { count = 1 })
      a:ping("192.0.2.2", { count = 1 })
      assert.equal(2, #tagged:packets())
      for _, p in ipairs(tagged:packets()) do
        assert.equal(5, p.vlan.id)
        assert.equal(102, p.len)
        assert.matches("vlan 5", p:line { e = true })
      end
      assert.equal(8, #all:packets())
      assert.equal(4, #all:select { vlan = {} })
      assert.equal(2, #inside:packets())
      assert.is_nil(inside:packets()[1].vlan)
    end)

    it("begins with the IP header where there is no Ethernet" .. how, function()
      support.need_kind "ipip"
      for i, ns in ipairs { a, b } do
        ns.link:add("t0", { type = "ipip", ["local"] = "192.0.2." .. i, remote = "192.0.2." .. 3 - i })
        ns.link:set("t0", { up = true })
        ns.addr:add(("198.51.100.%d/24"):format(i), "t0")
      end
      local tunnel <close> = b:capture("t0", "icmp", opts)
      local any <close> = b:capture("any", "icmp or ip proto 4", opts)
      a:ping("198.51.100.2", { count = 1 })
      local seen = tunnel:packets()
      assert.equal(2, #seen)
      for _, p in ipairs(seen) do
        assert.equal(101, p.linktype)
        assert.equal(84, p.len)
      end
      assert.equal("198.51.100.1", seen[1].ip.src)
      assert.equal("echo request", seen[1].icmp.type)
      local places = {}
      for _, p in ipairs(any:packets()) do
        local place = ("%s %s %d %d"):format(p.ifname, p.direction, p.linktype, p.len)
        places[place] = (places[place] or 0) + 1
      end
      assert.same({ ["eth0 in 1 118"] = 1, ["eth0 out 1 118"] = 1, ["t0 in 101 84"] = 1, ["t0 out 101 84"] = 1 }, places)
      local path = tmpname "pcapng"
      any:save(path)
      local again <close> = netlua.capture.open(path)
      assert.same(lines_of(any:packets()), lines_of(again:packets()))
      local err = fails(any.save, any, path, { format = "pcap" })
      assert.matches("pcap holds one link type", err.subject)
      os.remove(path)
    end)
  end

  it("can be armed on an interface that is down, and goes on when it comes up again", function()
    b.link:set("eth0", { up = false })
    local capture <close> = b:capture("eth0", "icmp")
    b.link:set("eth0", { up = true })
    require("netlua.wait").carrier(b, "eth0")
    a:ping("192.0.2.2", { count = 1 })
    assert.equal(2, #capture:packets())
    b.link:set("eth0", { up = false })
    b.link:set("eth0", { up = true })
    require("netlua.wait").carrier(b, "eth0")
    a:ping("192.0.2.2", { count = 1 })
    assert.equal(4, #capture:packets())
  end)

  it("outlives its interface", function()
    local capture <close> = b:capture("eth0", "icmp")
    a:ping("192.0.2.2", { count = 1 })
    b.link:del "eth0"
    assert.equal(2, #capture:packets())
    assert.equal("ETIMEDOUT", fails(capture.wait, capture, { tcp = {} }, { timeout = 0.01 }).code)
  end)

  it("has its ring from the start when a buffer is asked for", function()
    local capture <close> = b:capture("eth0", "icmp", { buffer = 1 << 20 })
    assert.equal(1, capture:stats().rings)
    a:ping("192.0.2.2", { count = 1 })
    assert.equal(2, #capture:packets()) -- a block that is not full is waited for
    a:ping("192.0.2.2", { count = 1 })
    assert.equal(4, #capture:packets())
  end)

  it("sees everything of all interfaces through a ring, too", function()
    local capture <close> = netlua.capture.start({ a, { b, "eth0" } }, "icmp", { buffer = 1 << 20 })
    a:ping("192.0.2.2", { count = 3, interval = 0.001 })
    local places = {}
    for _, p in ipairs(capture:packets()) do
      local place = ("%s %s %s"):format(p.node, p.ifname, p.direction)
      places[place] = (places[place] or 0) + 1
    end
    assert.same({ ["a eth0 out"] = 3, ["a eth0 in"] = 3, ["b eth0 in"] = 3, ["b eth0 out"] = 3 }, places)
  end)

  it("sees loopback packets once", function()
    local capture <close> = a:capture("lo", "icmp")
    a:ping("127.0.0.1", { count = 1 })
    assert.equal(2, #capture:packets())
  end)

end)

describe("a packet that the kernel deals out late", function()
  -- The core hands out what came in the order of time, but cannot know of what is still on its way.
  local function late()
    local made = {}
    for i, ts_ns in ipairs { 10, 30, 20, 40 } do
      local ip = string.pack(">BBI2I2I2BBI2", 0x45, 0, 20, i, 0, 64, 253, 0) .. core.ip_parse "192.0.2.1"
        .. core.ip_parse "192.0.2.2"
      made[i] = core.packet(ip, 101, { ts_ns = ts_ns })
    end
    local path = tmpname "pcapng"
    netlua.capture.save(path, {})
    local capture = netlua.capture.open(path)
    os.remove(path)
    local batches = { { made[1], made[2] }, { made[3] }, { made[4] } }
    capture.handle = {
      collect = function(_, list)
        local batch = table.remove(batches, 1) or {}
        for _, p in ipairs(batch) do list[#list + 1] = p end
        return #batch, batch[1] ~= made[3]
      end,
      stats = function() return { received = 4, dropped = 0, captured = 4 } end,
      closed = function() return true end, close = function() end, pollfd = function() end,
      events = function() return "r" end, timeout = function() return 0 end,
    }
    return capture
  end

  local function ids(packets)
    local list = {}
    for i, p in ipairs(packets) do list[i] = p.ip.id end
    return list
  end

  it("takes its place in the list", function()
    local capture <close> = late()
    assert.same({ 1, 2 }, ids(capture:packets()))
    assert.same({ 1, 3, 2 }, ids(capture:packets()))
    assert.same({ 1, 3, 2, 4 }, ids(capture:packets()))
  end)

  it("is seen once by a loop, and no other twice", function()
    local capture <close> = late()
    local seen = {}
    for p in capture:each { timeout = 1 } do
      seen[#seen + 1] = p.ip.id
      if #seen == 4 then break end
    end
    assert.same({ 1, 2, 3, 4 }, seen)
    assert.equal(3, late():wait({ ip = { id = 3 } }).ip.id)
  end)

  it("counts in a sequence where it belongs", function()
    local capture <close> = late()
    local expect = require "netlua.expect"
    expect.sequence(capture, { { ip = { id = 1 } }, { ip = { id = 3 } }, { ip = { id = 2 } }, { ip = { id = 4 } } })
  end)
end)

describe("capture files", function()
  local a, b, capture

  setup(function()
    a, b = pair()
    capture = netlua.capture.start({ { a, "eth0" }, { b, "eth0" } })
    a:ping("192.0.2.2", { count = 2, interval = 0.01 })
    capture:stop()
  end)
  teardown(function()
    a:close()
    b:close()
  end)

  for _, extension in ipairs { "pcap", "pcapng" } do
    it("are read by tcpdump as they are printed here: " .. extension, function()
      local path = tmpname(extension)
      capture:save(path)
      local lines = tcpdump(path)
      os.remove(path)
      assert.equal(12, #lines)
      assert.same(lines, lines_of(capture:packets()))
    end)

    it("come back as they were written: " .. extension, function()
      local path = tmpname(extension)
      local packets = capture:packets()
      packets[1].comment = "the first\nof them"
      capture:save(path)
      local again <close> = netlua.capture.open(path)
      os.remove(path)
      local read = again:packets()
      assert.equal(#packets, #read)
      for i, p in ipairs(packets) do
        assert.equal(p.ts_ns, read[i].ts_ns)
        assert.equal(p.data, read[i].data)
        assert.equal(p.len, read[i].len)
        if extension == "pcapng" then
          assert.equal(p.node, read[i].node)
          assert.equal(p.ifname, read[i].ifname)
          assert.equal(p.direction, read[i].direction)
          assert.equal(p.comment, read[i].comment)
        end
      end
      packets[1].comment = nil
    end)
  end

  it("that tcpdump wrote are read", function()
    local path, other = tmpname "pcapng", tmpname "pcap"
    capture:save(path)
    tcpdump(path, "-w " .. other .. " arp")
    local again <close> = netlua.capture.open(other)
    assert.equal("pcap", again.format)
    local read = again:packets()
    assert.equal(4, #read)
    assert.same(tcpdump(other), lines_of(read))
    os.remove(path)
    os.remove(other)
  end)

  for _, filter in ipairs {
    "", "arp", "icmp", "icmp[icmptype] == icmp-echo", "host 192.0.2.1 and not arp", "greater 60", "ether dst ff:ff:ff:ff:ff:ff",
    "ip proto 1 and ip[8] == 64", "vlan 5", "tcp or udp", "len <= 60",
  } do
    it("are filtered as tcpdump does: " .. filter, function()
      local path = tmpname "pcap"
      capture:save(path)
      local filtered <close> = netlua.capture.open(path, filter)
      assert.same(tcpdump(path, "'" .. filter .. "'"), lines_of(filtered:packets()))
      os.remove(path)
    end)
  end

  it("that are damaged name the place", function()
    local path = tmpname "pcap"
    capture:save(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read "a"
    file:close()
    file = assert(io.open(path, "wb"))
    file:write(bytes:sub(1, -2))
    file:close()
    local err = fails(netlua.capture.open, path)
    assert.equal("EBADMSG", err.code)
    assert.matches(path, err.subject, 1, true)
    assert.matches("at byte %d+: the file ends inside a packet", err.subject)
    local partial <close> = netlua.capture.open(path, { partial = true })
    assert.equal(11, #partial:packets())
    assert.equal("EBADMSG", partial.problem.code)
    os.remove(path)
  end)

  it("that are none, or not there, are refused", function()
    local err = fails(netlua.capture.open, "/dev/null")
    assert.equal("EINVAL", err.code)
    assert.matches("neither pcap nor pcapng", err.subject)
    assert.equal("ENOENT", fails(netlua.capture.open, "/nonexistent/x.pcap").code)
    assert.equal("ENOENT", fails(capture.save, capture, "/nonexistent/x.pcap").code)
    assert.equal("filter", fails(netlua.capture.open, "/dev/null", "icmp and and").field)
    assert.equal("packets", fails(netlua.capture.save, "/tmp/x.pcap", { 1 }).field)
  end)
end)
