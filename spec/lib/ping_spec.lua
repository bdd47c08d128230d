-- ns:ping: figures, errors, options, and its text held against the real ping in the same namespace.
local netlua = require "netlua"
local support = require "spec.support"
local raises = support.raises

local function oracle(ns, command)
  return support.inside(ns, command).out
end

-- The text with every measured time taken out.
local function timeless(text)
  return (text:gsub("time=[%d.]+ ms", "time=T"):gsub("time %d+ms", "time Tms")
    :gsub("= [%d.]+/[%d.]+/[%d.]+/[%d.]+ ms", "= T ms"):gsub("ewma [%d.]+/[%d.]+", "ewma T")
    -- How many were under way is a matter of time, too: "pipe" has a test of its own.
    :gsub("\npipe %d+", "\n"):gsub(", pipe %d+", ""))
end

local function same_text(ns, command, result)
  assert.equal(timeless(oracle(ns, command)), timeless(tostring(result) .. "\n"))
end

describe("ping", function()
  local lab, pc, r1, server

  before_each(function()
    lab = support.closing(netlua.lab "ping")
    pc, r1, server = lab:host "pc", lab:router "r1", lab:host "server"
    lab:link(pc, r1, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
    lab:link(r1, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" } })
    lab:build()
  end)

  describe("counts", function()
    it("what it sent and what came back", function()
      local r = pc:ping(server, { count = 3, interval = 0.01 })
      assert.equal(3, r.sent)
      assert.equal(3, r.received)
      assert.equal(0, r.loss)
      assert.equal(0, r.duplicates)
      assert.equal(3, #r.replies)
      for i, reply in ipairs(r.replies) do
        assert.equal(i, reply.seq)
        assert.equal(63, reply.ttl)
        assert.equal(64, reply.bytes)
        assert.equal(server:address "inet", reply.addr)
        assert.is_true(reply.rtt > 0 and reply.rtt < 5)
      end
      assert.is_true(r.min <= r.avg and r.avg <= r.max and r.mdev >= 0)
      assert.is_true(r.time >= 0.01, tostring(r))
      assert.is_nil(r.error)
    end)

    it("one probe when not told otherwise", function()
      assert.equal(1, pc:ping(server).sent)
    end)

    it("replies once and duplicates apart", function()
      -- Everybody on the link answers to its broadcast address.
      pc:sysctl("net.ipv4.icmp_echo_ignore_broadcasts", 0)
      r1:sysctl("net.ipv4.icmp_echo_ignore_broadcasts", 0)
      local r = pc:ping("192.0.2.255", { count = 1 })
      assert.equal(1, r.received)
      -- The first answer is enough: the other may come too late to be seen.
      assert.is_true(r.duplicates <= 1)
    end)

    it("probes that nobody answers", function()
      server:sysctl("net.ipv4.icmp_echo_ignore_all", 1)
      local r = pc:ping(server, { count = 3, interval = 0, timeout = 0 })
      assert.equal(3, r.sent)
      assert.equal(0, r.received)
      assert.equal(100, r.loss)
      assert.is_nil(r.avg)
      assert.same({}, r.replies)
      assert.is_nil(r.error)
    end)
  end)

  it("takes an address, a node and a node's name", function()
    assert.equal(1, pc:ping(server:address "inet").received)
    assert.equal("server", pc:ping(server).target)
    local named = pc:ping "server"
    assert.equal("server", named.target)
    assert.equal(1, named.received)
    assert.equal("inet6", pc:ping(server, { family = "inet6" }).family)
  end)

  it("reaches a link-local address through the interface behind the percent sign", function()
    local lla
    for _, link in ipairs(support.ip(r1, "addr show dev eth0")) do
      for _, info in ipairs(link.addr_info) do
        if info.scope == "link" then lla = info["local"] end
      end
    end
    if not lla then -- labs draw none
      support.inside(r1, "ip addr add fe80::1/64 dev eth0 nodad")
      support.inside(pc, "ip addr add fe80::2/64 dev eth0 nodad")
      lla = "fe80::1"
    end
    local r = pc:ping(lla .. "%eth0", { count = 2, interval = 0.01 })
    assert.equal(2, r.received, tostring(r))
    same_text(pc, "ping -n -c2 -i0.002 " .. lla .. "%eth0", r)
    -- Who says that nobody is there has a device, too.
    pc:sysctl("net.ipv6.neigh.eth0.mcast_solicit", 1)
    pc:sysctl("net.ipv6.neigh.eth0.retrans_time_ms", 100)
    same_text(pc, "ping -n -c1 fe80::77%eth0", pc:ping "fe80::77%eth0")
  end)

  for _, family in ipairs { "inet", "inet6" } do
    for _, socket in ipairs { "raw", "dgram" } do
      describe("over a " .. socket .. " socket and " .. family, function()
        local addr, opts
        local real = family == "inet" and "ping -n " or "ping -6 -n "

        before_each(function()
          pc:sysctl("net.ipv4.ping_group_range", "0\t0")
          addr = server:address(family)
          opts = { socket = socket, interval = 0.001, count = 2 }
        end)

        it("gets replies with their hop count", function()
          opts.count = 5
          local r = pc:ping(addr, opts)
          assert.equal(5, r.received)
          assert.equal(63, r.replies[5].ttl)
          assert.equal(64, r.replies[5].bytes)
        end)

        it("tells which router dropped which probe", function()
          opts.ttl = 1
          local r = pc:ping(addr, opts)
          assert.equal(0, r.received)
          assert.equal(2, #r.errors)
          assert.equal(2, r.errors[2].seq)
          assert.equal(r1:address(family, pc), r.errors[1].addr)
          assert.equal(family == "inet" and "Time to live exceeded" or "Time exceeded: Hop limit",
            r.errors[1].message)
          assert.equal(100, r.loss)
          assert.is_nil(r.error)
        end)

        it("tells it of probes that left in fragments, too", function()
          opts.ttl, opts.size = 1, 2000
          local r = pc:ping(addr, opts)
          assert.equal(2, r.error_count, tostring(r))
          assert.equal(r1:address(family, pc), r.errors[1].addr)
        end)

        it("says how much fits when fragments are forbidden", function()
          opts.size, opts.dont_fragment, opts.count = 2000, true, 1
          local r = pc:ping(addr, opts)
          assert.equal(1, r.sent)
          assert.equal("EMSGSIZE", r.error.code)
          assert.equal(1500, r.errors[1].mtu)
          same_text(pc, real .. "-c1 -W1 -s2000 -M do " .. addr, r)
        end)

        it("says which router's next link is too small", function()
          support.inside(r1, "ip link set eth1 mtu 1300")
          opts.size, opts.dont_fragment, opts.count = 1400, true, 1
          -- The first time; afterwards the kernel remembers and does not even try.
          local r = pc:ping(addr, opts)
          assert.equal(1, r.error_count)
          assert.equal(1300, r.errors[1].mtu)
          assert.equal(family == "inet" and "Frag needed and DF set (mtu = 1300)" or "Packet too big: mtu=1300",
            r.errors[1].message)
        end)

        it("prints what ping prints", function()
          same_text(pc, real .. "-c2 -i0.002 " .. addr, pc:ping(addr, opts))
          opts.ttl = 1
          same_text(pc, real .. "-c2 -i0.002 -t1 " .. addr, pc:ping(addr, opts))
        end)
      end)
    end

    it("prints what ping prints, option by option, over " .. family, function()
      local addr = server:address(family)
      -- Long enough for the replies to come in order: a slow machine's processors hand on what they forward when
      -- they come to it.
      local interval = 0.002 * support.slow
      local real = ("ping -n -c2 -i%g "):format(interval)
      local function both(words, opts)
        opts.count, opts.interval = opts.count or 2, opts.interval or interval
        same_text(pc, real .. words .. " " .. addr, pc:ping(addr, opts))
      end
      -- First: Linux tells a host five times and then only once a second.
      same_text(pc, real .. (family == "inet" and "203.0.113.1" or "2001:db8:77::1"),
        pc:ping(family == "inet" and "203.0.113.1" or "2001:db8:77::1", { count = 2, interval = interval }))
      both("-s 8", { size = 8 })
      both("-s 0", { size = 0 })
      both("-s 1400 -p ab01", { size = 1400, pattern = "ab01" })
      both("-s 4000", { size = 4000 })
      both("-I eth0", { interface = "eth0" })
      both("-I " .. pc:address(family), { source = pc:address(family) })
      both("-i 0", { interval = 0 })
      both("-t 1 -s 8", { ttl = 1, size = 8 })
      both("-c 1", { count = 1 })
    end)

    it("tells how many were under way at once, over " .. family, function()
      -- Nobody answers to the neighbour's address: all probes wait for that, and fail together.
      local version = family == "inet" and "ipv4" or "ipv6"
      for key, value in pairs { mcast_solicit = 1, retrans_time_ms = 500 } do
        pc:sysctl(("net.%s.neigh.eth0.%s"):format(version, key), value)
      end
      local nobody = family == "inet" and "192.0.2.7" or "2001:db8:1::7"
      local r = pc:ping(nobody .. 1, { count = 3, interval = 0.002, timeout = 5 })
      local pipe = family == "inet" and "\npipe 3\n" or "\n\n" -- an error over IPv6 is no answer to ping
      assert.matches("%+3 errors, 100%% packet loss, time %d+ms" .. pipe, tostring(r) .. "\n")
      assert.matches("%+3 errors, 100%% packet loss, time %d+ms" .. pipe, oracle(pc, "ping -n -c3 -i0.002 -W5 " .. nobody .. 2))
    end)

    it("says why nothing can be sent, over " .. family, function()
      local lone = support.netns "lone"
      local addr = family == "inet" and "198.51.100.1" or "2001:db8:2::1"
      local r = lone:ping(addr)
      assert.equal(0, r.sent)
      assert.equal(0, r.received)
      assert.equal("ENETUNREACH", r.error.code)
      assert.equal(oracle(lone, "ping -n -c1 " .. addr), tostring(r) .. "\n")
    end)

    it("goes on trying when more than one probe is asked for, over " .. family, function()
      local lone = support.netns "lone"
      local r = lone:ping(family == "inet" and "198.51.100.1" or "2001:db8:2::1", { count = 3, interval = 0.001 })
      assert.equal(3, r.sent)
      assert.equal("ENETUNREACH", r.error.code)
      assert.equal(3, #r.errors)
      assert.equal("ENETUNREACH", r.errors[3].code)
    end)
  end

  it("prints a flood as ping -q", function()
    local r = pc:ping(server:address "inet", { flood = true, count = 50 })
    assert.equal(50, r.received)
    local text = timeless(tostring(r))
    assert.equal(timeless(oracle(pc, "ping -n -q -c50 -f " .. server:address "inet")), text .. "\n")
  end)

  it("shows each probe that a flood has lost as a dot", function()
    server:sysctl("net.ipv4.icmp_echo_ignore_all", 1)
    local r = pc:ping(server, { flood = true, count = 5, timeout = 0 })
    assert.matches("data%.\n%.%.%.%.%.\n%-%-%- server ping statistics", tostring(r))
  end)

  it("reports a redirect as a notice, not as an error", function()
    -- pc sends to r1 what r1 has to send back out of the same link.
    support.inside(r1, "ip route add 203.0.113.0/24 via 192.0.2.77")
    for _, name in ipairs { "all", "eth0" } do r1:sysctl("net.ipv4.conf." .. name .. ".send_redirects", 1) end
    r1:sysctl("net.ipv4.conf.all.accept_local", 1)
    local r = pc:ping("203.0.113.9", { timeout = 0.2 })
    assert.equal(1, #r.notices, tostring(r))
    assert.equal("192.0.2.77", r.notices[1].gateway)
    assert.equal(0, r.error_count)
    assert.matches("From 192.0.2.%d+: icmp_seq=1 Redirect Host%(New nexthop: 192.0.2.77%)", tostring(r))
  end)

  describe("sets", function()
    -- The first packet that arrives at the server, as tcpdump sees it.
    local function arrival(opts, family)
      local capture <close> = server:capture("eth0", "icmp[icmptype] == icmp-echo or icmp6[icmp6type] == icmp6-echo")
      assert.equal(1, pc:ping(server:address(family), opts).received)
      return capture:packets()[1]
    end

    it("type of service and hop count", function()
      assert.equal(0x20, arrival({ tos = 0x20 }, "inet").ip.tos)
      assert.equal(9, arrival({ ttl = 10 }, "inet").ip.ttl)
      assert.equal(9, arrival({ ttl = 10 }, "inet6").ip6.hop_limit)
    end)

    it("size and pattern", function()
      local p = arrival({ size = 100, pattern = "c0ffee" }, "inet")
      assert.equal(128, p.ip.total_length or p.ip.len)
      -- Behind the time stamp.
      assert.equal(("\xc0\xff\xee"):rep(34):sub(17, 100), p.data:sub(-84))
    end)
  end)

  describe("ends", function()
    before_each(function() server:sysctl("net.ipv4.icmp_echo_ignore_all", 1) end)

    it("at the deadline, whatever is missing", function()
      local r = pc:ping(server, { deadline = 0.05, interval = 0.01 })
      assert.is_true(r.sent >= 1 and r.sent <= 7, tostring(r))
      assert.equal(0, r.received)
    end)

    it("with a deadline, when as many replies as counted are there", function()
      server:sysctl("net.ipv4.icmp_echo_ignore_all", 0)
      local r = pc:ping(server, { deadline = 60, count = 3, interval = 0.001 })
      assert.equal(3, r.received)
    end)

    it("its wait at the timeout", function()
      local r = pc:ping(server, { timeout = 0.01 })
      assert.equal(1, r.sent)
      assert.equal(0, r.received)
    end)
  end)

  it("says so when a queue is full, which the kernel hides from raw sockets", function()
    support.need(support.has "tc", "no tc to make a slow link with")
    local slow = support.inside(pc, "tc qdisc add dev eth0 root tbf rate 8kbit burst 120 limit 200")
    support.need(slow.code == 0, "no tbf: " .. slow.out)
    -- On a busy machine the queue may have drained between two probes: a few tries.
    local r
    for _ = 1, 10 do
      r = pc:ping(r1, { count = 10, interval = 0, window = 64, timeout = 0.02 })
      assert.equal(10, r.sent)
      if r.error then break end
    end
    assert.truthy(r.error, tostring(r))
    assert.equal("ENOBUFS", r.error.code)
    assert.matches("gc_thresh3", r.error.hint)
    assert.matches("\nping: sendmsg: No buffer space available\n", tostring(r))
  end)

  it("is not disturbed by errors that others' probes meet", function()
    -- An error is queued for every raw socket of the namespace and makes its next call fail.
    -- Not more than 50 in all: icmp_msgs_burst.
    local tasks = {}
    for i = 1, 4 do
      tasks[i] = function()
        return pc:ping(server, { count = 20, interval = 0.001, ttl = i > 2 and 1 or nil })
      end
    end
    for i, r in ipairs(netlua.all(tasks)) do
      assert.equal(20, r.sent)
      assert.equal(i > 2 and 0 or 20, r.received, tostring(r))
      assert.equal(i > 2 and 20 or 0, r.error_count)
      assert.is_nil(r.error)
    end
  end)

  describe("at the same time", function()
    it("takes turns with others", function()
      local tasks = {}
      for i = 1, 10 do
        tasks[i] = function() return pc:ping(i % 2 == 0 and server or r1, { count = 5, interval = 0.02 }) end
      end
      for _, r in ipairs(netlua.all(tasks)) do
        assert.equal(5, r.received, tostring(r))
        assert.equal(0, r.duplicates)
      end
    end)

    -- A ping closes its socket; the next one has the same number, which the controller took for known and
    -- waited for without ever waking up.
    it("wakes for replies in a task that has pinged before", function()
      support.need(support.has "tc", "no tc to make a slow link with")
      local slow = support.inside(pc, "tc qdisc add dev eth0 root tbf rate 32kbit burst 120 limit 10000")
      support.need(slow.code == 0, "no tbf: " .. slow.out)
      local woken = 0
      local step = require "netlua.step"
      local wait = step.wait
      step.wait = function(handle, limit)
        wait(handle, limit)
        -- Its own time was not up: something had arrived.
        if handle:timeout() > 1 then woken = woken + 1 end
      end
      local ok, err = pcall(netlua.all, { function()
        for _ = 1, 3 do
          local before = woken
          local r = pc:ping(r1, { count = 3, interval = 0, window = 3, timeout = 3 })
          assert.equal(3, r.received)
          assert.is_true(woken > before, "it slept until its time was up")
        end
      end })
      step.wait = wait
      assert.is_true(ok, tostring(err))
    end)

    it("ends with its task", function()
      server:sysctl("net.ipv4.icmp_echo_ignore_all", 1)
      local err = raises(netlua.timeout, 0.02, function() pc:ping(server, { count = 100 }) end)
      assert.equal("ETIMEDOUT", err.code)
    end)
  end)

  it("shows a result whole, however many replies it has", function()
    local r = pc:ping(server, { count = 200, interval = 0 })
    local seen = {}
    for key in pairs(r) do seen[key] = true end
    assert.is_true(seen.replies and seen.errors and seen.notices)
    assert.equal(200, #r.replies)
    assert.equal(200, r.replies[200].seq)
  end)

  describe("refuses", function()
    local wrong = {
      count = { 0, -1, 1.5, "3", math.huge }, interval = { -1, "1", 0 / 0 }, size = { -1, 65508, "x" },
      ttl = { 0, 256 }, tos = { -1, 256 }, mark = { -1, 2 ^ 40 }, window = { 0, 5000 },
      timeout = { -1, "1" }, deadline = { -0.1 }, flood = { 1 }, dont_fragment = { "yes" },
      pmtudisc = { "never" }, socket = { "packet" }, pattern = { "", "abc", "zz", ("00"):rep(17), 7 },
      source = { "nowhere", "192.0.2.0/24", 5 }, interface = { "", "a/b", ("x"):rep(16), "a\0b" },
    }
    for key, values in pairs(wrong) do
      it("a wrong " .. key .. " and names it", function()
        for _, value in ipairs(values) do
          local err = raises(pc.ping, pc, server, { [key] = value })
          assert.equal("ping", err.op)
          assert.equal(key, err.field)
        end
      end)
    end

    it("an option that it does not know", function()
      local err = raises(pc.ping, pc, server, { cuont = 3 })
      assert.matches("unknown key 'cuont'", tostring(err))
    end)

    it("options that are no table", function()
      assert.equal("options", raises(pc.ping, pc, server, 5).field)
    end)

    it("a target that is none, and says what one is", function()
      for _, target in ipairs { "nobody", "192.0.2", "192.0.2.1/24", "", "2001:db8::g" } do
        local err = raises(pc.ping, pc, target)
        assert.equal("target", err.field)
        assert.matches(("'%s'"):format(target), tostring(err), 1, true)
      end
      assert.equal("target", raises(pc.ping, pc).field)
      assert.equal("target", raises(pc.ping, pc, 7).field)
    end)

    it("a source of another family than the target", function()
      local err = raises(pc.ping, pc, server:address "inet", { source = "2001:db8:1::1" })
      assert.equal("source", err.field)
    end)

    it("an address of another family than asked for", function()
      assert.equal("target", raises(pc.ping, pc, "192.0.2.1", { family = "inet6" }).field)
    end)

    it("what the kernel refuses, in its words", function()
      local err = raises(function() pc:ping(server, { interface = "nothere" }) end)
      assert.equal("ENODEV", err.code)
      assert.matches("nothere", tostring(err))
      err = raises(function() pc:ping(server:address "inet", { source = "203.0.113.99" }) end)
      assert.equal("EADDRNOTAVAIL", err.code)
      assert.matches("ping_spec.lua:%d+: .*203.0.113.99", tostring(err))
    end)

    it("a closed namespace", function()
      local ns = netlua.netns.add "gone"
      ns:close()
      local err = raises(ns.ping, ns, "127.0.0.1")
      assert.matches("closed netns", tostring(err))
    end)
  end)

  it("goes on when its namespace is closed meanwhile", function()
    local ns = netlua.netns.add "short"
    local core = require "netlua.core"
    local handle = core.ping({ ns.core, "127.0.0.1" }, { count = 1 })
    ns:close()
    assert.is_true(handle:step())
    assert.equal(1, handle:result(1).received)
    handle:close()
    handle:close()
    assert.matches("closed ping", tostring(raises(handle.step, handle)))
  end)
end)
