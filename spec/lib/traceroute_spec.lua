-- ns:traceroute: hops, marks and silence, and its text held against the real traceroute in the same namespace.
local netlua = require "netlua"
local support = require "spec.support"
local raises = support.raises

-- Waits the whole time for each answer (-w5,0,0): by default it gives up after three round trips, which on a
-- busy machine is too soon.
local function oracle(ns, command)
  return support.inside(ns, command).out
end

-- The text with every measured time taken out.
local function timeless(text)
  return (text:gsub("%d+%.%d+ ms", "T ms"))
end

describe("traceroute", function()
  local lab, pc, r1, r2, server

  before_each(function()
    lab = support.closing(netlua.lab "trace")
    pc, r1, r2, server = lab:host "pc", lab:router "r1", lab:router "r2", lab:host "server"
    lab:link(pc, r1, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
    lab:link(r1, r2)
    lab:link(r2, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" }, mtu = 1400 })
    lab:build()
    -- What is measured here is no cold network: every link carries packets, every neighbour is known.
    for _, family in ipairs { "inet", "inet6" } do
      assert.equal(1, pc:ping(server, { family = family }).received)
    end
  end)

  local flags = { udp = "", icmp = "-I ", tcp = "-T " }

  for _, method in ipairs { "udp", "icmp", "tcp" } do
    for _, family in ipairs { "inet", "inet6" } do
      describe("over " .. method .. " and " .. family, function()
        local nowhere = family == "inet" and "203.0.113.1" or "2001:db8:77::1"

        it("finds every router, then the target", function()
          local path = pc:traceroute(server, { method = method, family = family })
          assert.is_true(path.reached, tostring(path))
          assert.equal(3, #path.hops)
          local want = { r1:address(family, pc), r2:address(family, r1), server:address(family) }
          for i, hop in ipairs(path.hops) do
            assert.equal(i, hop.ttl)
            assert.equal(want[i], hop.addr)
            assert.same({ want[i] }, hop.addrs)
            assert.equal(3, #hop.rtts)
            assert.equal(3, #hop.probes)
            assert.is_true(hop.rtts[1] > 0 and hop.rtts[1] < 5, tostring(path))
            assert.equal(i == 3 or nil, hop.probes[1].reached)
          end
          assert.is_nil(path.error)
        end)

        it("prints what traceroute prints", function()
          local addr = server:address(family)
          assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 " .. flags[method] .. addr)),
            timeless(tostring(pc:traceroute(addr, { method = method })) .. "\n"))
        end)

        it("stops where there is no route, and prints it as traceroute does", function()
          -- Linux tells a host five times that there is no route, and then once a second: two hosts ask here.
          local second = family == "inet" and "192.0.2.77" or "2001:db8:1::77"
          pc.addr:add(second .. (family == "inet" and "/24" or "/64"), "eth0", { nodad = family == "inet6" or nil })
          local path = pc:traceroute(nowhere, { method = method, queries = 1, source = second })
          assert.is_false(path.reached)
          assert.equal(1, #path.hops)
          assert.equal("!N", path.hops[1].probes[1].mark)
          assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 -q1 " .. flags[method] .. nowhere)),
            timeless(tostring(path) .. "\n"))
        end)

        it("begins and ends where it is told to", function()
          local path = pc:traceroute(server:address(family),
            { method = method, first_ttl = 2, max_ttl = 2, queries = 2 })
          assert.is_false(path.reached)
          assert.equal(1, #path.hops)
          assert.equal(2, path.hops[1].ttl)
          assert.equal(r2:address(family, r1), path.hops[1].addr)
          assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 -f2 -m2 -q2 " .. flags[method] .. server:address(family))),
            timeless(tostring(path) .. "\n"))
        end)
      end)
    end
  end

  for _, family in ipairs { "inet", "inet6" } do
    describe("over " .. family, function()
      local addr
      before_each(function() addr = server:address(family) end)

      it("finds the path MTU", function()
        local capture <close> = server:capture("eth0", "udp")
        local path = pc:traceroute(addr, { mtu = true })
        local longest = 0
        for _, p in ipairs(capture:packets()) do longest = math.max(longest, p.len - 14) end
        assert.equal(1400, longest)
        assert.is_true(path.reached)
        assert.equal(1500, path.hops[1].mtu)
        assert.is_nil(path.hops[2].mtu)
        assert.equal(1400, path.hops[3].mtu)
        assert.equal(1400, path.mtu)
        assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 --mtu " .. addr)), timeless(tostring(path) .. "\n"))
      end)

      it("marks the router whose next link is too small", function()
        local path = pc:traceroute(addr, { size = 1450, dont_fragment = true })
        assert.is_false(path.reached)
        assert.equal("!F-1400", path.hops[3].probes[1].mark)
        assert.equal(r2:address(family, r1), path.hops[3].addr)
        assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 -F " .. addr .. " 1450")), timeless(tostring(path) .. "\n"))
      end)

      it("marks what does not even fit the first link", function()
        local path = pc:traceroute(addr, { size = 1600, dont_fragment = true })
        assert.equal("!F-1500", path.hops[1].probes[1].mark)
        assert.is_nil(path.hops[1].addr)
        assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 -F " .. addr .. " 1600")), timeless(tostring(path) .. "\n"))
      end)

      it("marks what is forbidden on the way", function()
        local forbids = support.inside(r1, [[nft add table inet x && nft add chain inet x f '{ type filter hook forward priority 0; }' &&
          nft add rule inet x f reject with icmpx admin-prohibited]])
        support.need(forbids.code == 0, "no nft: " .. forbids.out)
        local path = pc:traceroute(addr)
        assert.equal("!X", path.hops[2].probes[1].mark)
        assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 " .. addr)), timeless(tostring(path) .. "\n"))
      end)

      it("says why nothing can be sent", function()
        local lone = support.netns "lone"
        local path = lone:traceroute(addr)
        assert.is_false(path.reached)
        assert.same({}, path.hops)
        assert.equal("ENETUNREACH", path.error.code)
        assert.equal(oracle(lone, "traceroute -n -w5,0,0 " .. addr), tostring(path) .. "\n")
        for _, method in ipairs { "icmp", "tcp" } do
          assert.equal("ENETUNREACH", lone:traceroute(addr, { method = method }).error.code)
        end
      end)

      it("takes size, source and interface", function()
        assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 " .. addr .. " 500")),
          timeless(tostring(pc:traceroute(addr, { size = 500, source = pc:address(family), interface = "eth0" })) .. "\n"))
      end)
    end)
  end

  it("shows the device of link-local addresses, as traceroute does", function()
    for node, addr in pairs { [pc] = "fe80::77:2", [r1] = "fe80::77:1" } do
      support.inside(node, "ip addr add " .. addr .. "/64 dev eth0 nodad")
    end
    local path = pc:traceroute "fe80::77:1%eth0"
    assert.equal("fe80::77:1", path.hops[1].addr)
    assert.equal(timeless(oracle(pc, "traceroute -n -w5,0,0 fe80::77:1%eth0")), timeless(tostring(path) .. "\n"))
  end)

  -- These wait for a second or so: each method once.
  for method, family in pairs { udp = "inet", icmp = "inet6", tcp = "inet" } do
    it("shows a silent hop of " .. method .. " as stars and does not wait long for it", function()
      -- A router that says nothing: what it would say is dropped on its way out.
      local quiet = support.inside(r2, [[nft add table inet q && nft add chain inet q o '{ type filter hook output priority 0; }' &&
        nft add rule inet q o icmp type time-exceeded drop && nft add rule inet q o icmpv6 type time-exceeded drop]])
      support.need(quiet.code == 0, "no nft: " .. quiet.out)
      local path = pc:traceroute(server, { method = method, family = family, wait = 60 })
      assert.is_true(path.reached)
      assert.is_nil(path.hops[2].addr)
      assert.same({}, path.hops[2].rtts)
      assert.same({ {}, {}, {} }, path.hops[2].probes)
      assert.matches("\n 2  %* %* %*\n 3  ", tostring(path))
    end)

    it("waits for the tokens of a router that answers " .. method .. " only so often", function()
      for _, node in ipairs { r1, r2, server } do
        node:sysctl("net.ipv4.icmp_ratelimit", 200)
        node:sysctl("net.ipv6.icmp.ratelimit", 200)
      end
      for _ = 1, 3 do
        local path = pc:traceroute(server, { method = method, family = family })
        assert.not_matches("%*", tostring(path))
      end
    end)
  end

  it("ends a silent path when its time is up", function()
    support.need(support.inside(r2, "nft list tables").code == 0, "no nft")
    support.inside(r2, [[nft add table inet q; nft add chain inet q f '{ type filter hook forward priority 0; policy drop; }']])
    local path = pc:traceroute(server, { wait = 0.3, max_ttl = 8 })
    assert.is_false(path.reached)
    assert.equal(8, #path.hops)
    assert.equal(r2:address("inet", r1), path.hops[2].addr)
    for i = 3, 8 do assert.is_nil(path.hops[i].addr) end
  end)

  it("shows every router of a path that traffic is spread over", function()
    -- Two roads between r1 and r2; each probe has ports of its own, so that they take both.
    local fork = support.closing(netlua.lab "fork")
    local a, left, upper, lower, right, b = fork:host "a", fork:router "left", fork:router "upper",
      fork:router "lower", fork:router "right", fork:host "b"
    fork:link(a, left)
    fork:link(left, upper)
    fork:link(left, lower)
    fork:link(upper, right)
    fork:link(lower, right)
    fork:link(right, b)
    fork:build()
    left:sysctl("net.ipv4.fib_multipath_hash_policy", 1)
    local via = { upper:address("inet", left), lower:address("inet", left) }
    local replaced = support.inside(left, ("ip route replace %s nexthop via %s nexthop via %s"):format(
      b:address "inet", via[1], via[2]))
    assert.equal(0, replaced.code, replaced.out)
    assert.equal(1, a:ping(b).received)
    local path = a:traceroute(b, { queries = 10 })
    assert.is_true(path.reached)
    local addrs = { table.unpack(path.hops[2].addrs) }
    table.sort(addrs)
    table.sort(via)
    assert.same(via, addrs)
    -- Each change of address is shown, and no address twice in a row.
    local line = tostring(path):match "\n( 2 [^\n]*)"
    local _, shown = line:gsub("%d+%.%d+%.%d+%.%d+", "")
    assert.is_true(shown >= 2)
  end)

  it("reaches a port that somebody listens on", function()
    -- An answer of another kind than "port unreachable" is an answer too.
    local listens = support.has "python3" and server.spawn
    support.need(listens, "no python3 to answer with")
    local echo = server:spawn { "python3", "-c", [[
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 33440))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(2000)
    s.sendto(data, peer)
]] }
    echo:wait_output "ready"
    local path = pc:traceroute(server, { port = 33434 })
    assert.is_true(path.reached)
    assert.equal(3, #path.hops[3].rtts, tostring(path))
    echo:close()
  end)

  it("takes turns with others", function()
    local paths = netlua.all {
      function() return pc:traceroute(server) end,
      function() return pc:traceroute(server, { method = "icmp", family = "inet6" }) end,
      function() return pc:traceroute(server, { method = "tcp" }) end,
      function() return server:traceroute(pc) end,
    }
    for i, path in ipairs(paths) do
      assert.is_true(path.reached, i .. ": " .. tostring(path))
      assert.equal(3, #path.hops)
    end
  end)

  describe("refuses", function()
    local wrong = {
      method = { "sctp", 1 }, first_ttl = { 0, 31, "1" }, max_ttl = { 0, 256 }, queries = { 0, 11 },
      wait = { -1, "5" }, port = { 0, 65535, 70000 }, size = { 27, 65001, 1.5 }, tos = { 256 },
      source = { "x", "2001:db8::1" }, interface = { "", "a/b" }, mtu = { 1 }, dont_fragment = { 0 }, mark = { -1 },
    }
    for key, values in pairs(wrong) do
      it("a wrong " .. key .. " and names it", function()
        for _, value in ipairs(values) do
          local err = raises(pc.traceroute, pc, server:address "inet", { [key] = value })
          assert.equal("traceroute", err.op)
          assert.equal(key, err.field)
        end
      end)
    end

    it("an option that it does not know", function()
      assert.matches("unknown key 'hops'", tostring(raises(pc.traceroute, pc, server, { hops = 3 })))
    end)

    it("a target that is none", function()
      assert.equal("target", raises(pc.traceroute, pc, "nobody").field)
    end)

    it("what the kernel refuses, in its words", function()
      local err = raises(function() pc:traceroute(server, { interface = "nothere" }) end)
      assert.equal("ENODEV", err.code)
      assert.matches("traceroute_spec.lua:%d+: .*interface nothere", tostring(err))
    end)

    it("a closed handle", function()
      local core = require "netlua.core"
      local handle = core.trace(pc.core, server:address "inet")
      handle:close()
      handle:close()
      assert.matches("closed trace", tostring(raises(handle.step, handle)))
    end)
  end)
end)
