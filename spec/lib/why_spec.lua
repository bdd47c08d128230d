-- netlua.why: every way of breaking a lab gets its own right verdict.
local netlua = require "netlua"
local support = require "spec.support"

local lab, pc, s, r1, r2, server

-- pc -- s -- r1 -- r2 -- server
local function build()
  lab = netlua.lab "broken"
  pc, s, r1, r2, server = lab:host "pc", lab:switch "s", lab:router "r1", lab:router "r2", lab:host "server"
  lab:link(pc, s)
  lab:link(s, r1, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
  lab:link(r1, r2, { net = { "203.0.113.0/30", "2001:db8:12::/64" } })
  lab:link(r2, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" } })
  lab:build()
end

-- nft wants a line's end behind each closing brace.
local function lines(ruleset) return (ruleset:gsub("}", "}\n")) end

local function answered(opts)
  local from = opts and opts.from or pc
  return from:ping(opts and opts.to or server, { count = 1, timeout = 0.2,
    family = opts and opts.family, size = opts and opts.size and opts.size - 28,
    pmtudisc = opts and opts.df and "do" or nil }).received == 1
end

-- name, what breaks it, the verdict, the node it names, options of why. Each is also tried: the ping is lost.
local ways = {
  { "a host without a route", function() pc.route:del "default" end, "no route", "pc" },
  { "a router that lacks the route", function() r1.route:del "198.51.100.0/24" end, "no route", "r1" },
  { "a way back that is missing at a router", function() r2.route:del "192.0.2.0/24" end, "no reply path", "r2" },
  { "a way back that is missing at the server", function() server.route:del "default" end, "no reply path", "server" },
  { "an unreachable route", function() r1.route:replace("198.51.100.0/24", { type = "unreachable" }) end, "unreachable route", "r1" },
  { "a blackhole route", function() r1.route:replace("198.51.100.0/24", { type = "blackhole" }) end, "blackhole route", "r1" },
  { "a prohibited route", function() r1.route:replace("198.51.100.0/24", { type = "prohibit" }) end, "prohibited route", "r1" },
  { "forwarding off at the first router", function() r1:sysctl("net.ipv4.ip_forward", 0) end, "forwarding is off", "r1" },
  { "forwarding off on one interface", function() r2:sysctl("net/ipv4/conf/eth0/forwarding", 0) end, "forwarding is off", "r2" },
  { "an interface that is down", function() r1.link:set("eth1", { up = false }) end, nil, "r1" },
  { "the other end of a wire down", function() r2.link:set("eth0", { up = false }) end, "no carrier", "r1" },
  { "a cut wire", function() lab.links[4]:cut() end, nil, "r2" },
  { "a gateway that is nobody's", function() pc.route:replace("default", { via = "192.0.2.99" }) end, "no such next hop", "pc" },
  { "an address that is nobody's", function() server.addr:del("198.51.100.1/24", "eth0") end, nil, nil },
  { "a router that filters what it forwards", function()
    r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; ip daddr 198.51.100.0/24 drop; } }]])
  end, "dropped by filter", "r1" },
  { "a policy of drop", function()
    r2:nft(lines [[table inet f { chain c { type filter hook forward priority 0; policy drop; } }]])
  end, "dropped by filter", "r2" },
  { "a filter on input", function()
    server:nft(lines [[table inet f { chain c { type filter hook input priority 0; icmp type echo-request drop; } }]])
  end, "dropped by filter", "server" },
  { "a filter on output", function()
    pc:nft(lines [[table ip f { chain c { type filter hook output priority 0; ip protocol icmp drop; } }]])
  end, "dropped by filter", "pc" },
  { "a filter that rejects", function()
    r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; meta l4proto icmp reject; } }]])
  end, "rejected by filter", "r1" },
  { "a filter on the answer", function()
    r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; icmp type echo-reply drop; } }]])
  end, "dropped by filter", "r1" },
  { "a set of addresses that are dropped", function()
    r1:nft(lines [[table ip f { set bad { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.7 }
 }
      chain c { type filter hook prerouting priority 0; ip saddr @bad drop; } }]])
  end, "dropped by filter", "r1" },
  { "a chain that is jumped to", function()
    r1:nft(lines [[table ip f { chain inner { drop; } chain c { type filter hook forward priority 0; iifname "eth0" jump inner; } }]])
  end, "dropped by filter", "r1" },
  { "a reverse path filter", function()
    r1:sysctl("net.ipv4.conf.all.rp_filter", 1)
    r1.route:add("192.0.2.1/32", { via = "203.0.113.2" })
  end, "dropped by reverse path filter", "r1" },
  { "two routers that point at each other", function() r2.route:del "192.0.2.0/24" r2.link:set("eth1", { up = false })
    r2.route:add("198.51.100.0/24", { via = "203.0.113.1" })
  end, "routing loop", "r1" },
  { "a wrong neighbour entry", function() pc.neigh:replace("192.0.2.254", { dev = "eth0", lladdr = "02:00:00:00:00:99" }) end,
    "wrong neighbour entry", "pc" },
  { "echo switched off", function() server:sysctl("net.ipv4.icmp_echo_ignore_all", 1) end, "echo is ignored", "server" },
  { "a TTL that is too small", function() pc:sysctl("net.ipv4.ip_default_ttl", 2) end, "TTL is used up", "r2" },
  { "a packet too big for a wire, not to be fragmented", function() r1.link:set("eth1", { mtu = 1000 }) end,
    "packet too big", "r1", { size = 1400, df = true } },
  { "an address given to two", function()
    local other = lab:host "other"
    lab:link(other, s)
    other.addr:add("192.0.2.254/24", "eth0")
  end, "duplicate address", "pc", { untried = true } },
  { "a prefix that is too short at the host", function()
    pc.addr:add("198.51.100.77/24", "eth0")
  end, "not on the link", "pc" },
  { "a switch's port that is down", function() s.link:set("eth1", { up = false }) end, nil, nil },
  { "a switch's port without a bridge", function() s.link:set("eth1", { master = false }) end, "switch does not forward", "s" },
  { "a switch's bridge that is down", function() s.link:set("br0", { up = false }) end, "switch does not forward", "s" },
  { "ARP switched off", function() r1.link:set("eth0", { arp = false }) end, "does not answer ARP", "r1" },
  { "a policy rule that prohibits", function() r1.rule:add { from = "192.0.2.0/24", type = "prohibit" } end, "prohibited route", "r1" },
  { "a rule to another table", function()
    r1.route:add("198.51.100.0/24", { via = "203.0.113.77", dev = "eth1", onlink = true, table = 100 })
    r1.rule:add { from = "192.0.2.0/24", table = 100 }
  end, "no such next hop", "r1" },
  { "IPv6 without a route", function() pc.route:del("default", { family = "inet6" }) end, "no route", "pc", { family = "inet6" } },
  { "IPv6 forwarding off", function() r1:sysctl("net.ipv6.conf.all.forwarding", 0) end, "forwarding is off", "r1", { family = "inet6" } },
  { "a filter where packets come in", function()
    r1:nft(lines [[table netdev f { chain c { type filter hook ingress device "eth0" priority 0; drop; } }]])
  end, "dropped by filter", "r1" },
  { "a switch that filters", function()
    s:nft(lines [[table bridge f { chain c { type filter hook forward priority 0; drop; } }]])
  end, "switch does not forward", "s" },
  { "a filter on ARP", function()
    r1:nft(lines [[table arp f { chain c { type filter hook input priority 0; drop; } }]])
  end, "dropped by filter", "r1" },
  { "a filter on neighbour discovery", function()
    r1:nft(lines [[table ip6 f { chain c { type filter hook input priority 0; icmpv6 type nd-neighbor-solicit drop; } }]])
  end, "dropped by filter", "r1", { family = "inet6" } },
  { "a map of verdicts", function()
    r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; ip protocol vmap { icmp : drop, tcp : accept }; } }]])
  end, "dropped by filter", "r1" },
  { "a mark and a filter on it", function()
    r1:nft(lines [[table ip f { chain p { type filter hook prerouting priority -150; meta mark set 7; }
      chain c { type filter hook forward priority 0; meta mark 7 drop; } }]])
  end, "dropped by filter", "r1" },
  { "a mark and a rule for it", function()
    r1:nft(lines [[table ip f { chain p { type filter hook prerouting priority -150; meta mark set 7; } }]])
    r1.rule:add { fwmark = 7, type = "blackhole" }
  end, "blackhole route", "r1" },
  { "a rule for an interface", function() r1.rule:add { iif = "eth0", type = "blackhole" } end, "blackhole route", "r1" },
  { "a rule that makes unreachable", function() pc.rule:add { to = "198.51.100.1/32", type = "unreachable" } end,
    "unreachable route", "pc" },
  { "a destination translated to nobody's address", function()
    r1:nft(lines [[table ip n { chain c { type nat hook prerouting priority -100; ip daddr 198.51.100.1 dnat to 198.51.100.9; } }]])
  end, "nobody has that address", "r2" },
  { "a source translated to what has no way back", function()
    r1:nft(lines [[table ip n { chain c { type nat hook postrouting priority 100; snat to 198.51.100.77; } }]])
  end, "nobody has that address", "server" },
  { "a wire whose other end takes less", function() r2.link:set("eth0", { mtu = 600 }) end, "packet too big", "r2", { size = 1000 } },
  { "an answer that is too big for where it comes in", function() r1.link:set("eth1", { mtu = 600 }) end, "packet too big", "r1",
    { size = 1000 } },
  { "a switch's port with a smaller MTU", function() s.link:set("eth1", { mtu = 600 }) end, "switch does not forward", "s",
    { size = 1000 } },
  { "a route with a smaller MTU", function() pc.route:replace("default", { via = "192.0.2.254", mtu = 600 }) end, "packet too big",
    "pc", { size = 1000, df = true } },
  { "a route with a small hop limit", function() pc.route:replace("default", { via = "192.0.2.254", hoplimit = 1 }) end,
    "TTL is used up", "r1" },
  { "ports that are isolated", function()
    for _, port in ipairs { "eth0", "eth1" } do s.link:set(port, { type = "bridge_slave", isolated = true }) end
  end, "switch does not forward", "s" },
  { "a port that floods no broadcasts", function() s.link:set("eth1", { type = "bridge_slave", bcast_flood = false }) end,
    "switch does not forward", "s" },
  { "a source that is the router's own address", function() r1.addr:add("192.0.2.1/32", "lo") end, "impossible source", "r1" },
  { "a broadcast address", function() end, "no single station", "r2", { to = "198.51.100.255" } },
  { "loopback down, and itself", function() pc.link:set("lo", { up = false }) end, "link is down", "pc", { to = "192.0.2.1" } },
  { "a host without an address", function() pc.addr:flush "eth0" end, nil, "pc" },
}

describe("netlua.why", function()
  before_each(build)
  after_each(function() lab:close() end)

  it("says that nothing stands in the way when nothing does", function()
    local account = netlua.why(pc, server)
    assert.is_true(account.ok, tostring(account))
    assert.equal("reachable", account.verdict)
    assert.is_true(netlua.why(pc, server, { family = "inet6" }).ok)
    assert.equal("198.51.100.1", account.dst)
    assert.matches("pc reaches server", account.sentence, 1, true)
  end)

  for _, way in ipairs(ways) do
    local name, break_it, verdict, at, opts = table.unpack(way, 1, 5)
    it("finds " .. name, function()
      break_it()
      local why_opts = {}
      for key, value in pairs(opts or {}) do if key ~= "untried" and key ~= "to" then why_opts[key] = value end end
      -- Before the ping: what that leaves in the neighbour tables must not be needed.
      local account = netlua.why(pc, opts and opts.to or server, why_opts)
      if not (opts and opts.untried) then
        assert.is_false(answered(opts), "the ping is answered:\n" .. tostring(account))
      end
      assert.is_false(account.ok, tostring(account))
      if verdict then assert.equal(verdict, account.verdict, tostring(account)) end
      if at then assert.equal(at, account.at.name, tostring(account)) end
      assert.matches(account.at.name, account.sentence, 1, true)
    end)
  end

  -- What looks broken and is not: name, what is done, who answers, to whom.
  for _, fine in ipairs {
    { "a source that is translated, which has no way back untranslated", function()
      r1:nft(lines [[table ip n { chain c { type nat hook postrouting priority 100; oifname "eth1" masquerade; } }]])
      r2.route:del "192.0.2.0/24"
    end, "server" },
    { "a destination that is translated", function()
      r1:nft(lines [[table ip n { chain c { type nat hook prerouting priority -100; ip daddr 192.0.2.254 dnat to 198.51.100.1; } }]])
    end, "server", "192.0.2.254" },
    { "a map of verdicts that accepts", function()
      r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; policy drop;
        ct state vmap { established : accept, new : accept, invalid : drop }; } }]])
    end, "server" },
    { "a limit that is not reached", function()
      r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; policy drop; limit rate over 100/second drop;
        limit rate 200/second accept; } }]])
    end, "server" },
    { "an address that is also somewhere far", function()
      local far = lab:host "far"
      lab:link(far, r1)
      far.addr:add("198.51.100.1/32", "lo")
    end, "server" },
    { "a gateway's address on another of its interfaces", function()
      pc.route:replace("default", { via = "203.0.113.1", dev = "eth0", onlink = true })
    end, "server" },
    { "interfaces that have other names by now", function()
      for node, names in pairs { [r1] = { "eth1", "wan" }, [s] = { "eth0", "port" } } do
        -- Before Linux 6.2 one that is up keeps its name.
        node.link:set(names[1], { up = false })
        node.link:set(names[1], { name = names[2] })
        node.link:set(names[2], { up = true })
      end
      r1.route:replace("198.51.100.0/24", { via = "203.0.113.2" })
    end, "server" },
    { "a node that has been closed", function() lab:host("gone"):close() end, "server" },
    { "a mark that is another node's", function()
      r1:nft(lines [[table ip f { chain p { type filter hook prerouting priority -150; meta mark set 7; } }]])
      r2.rule:add { fwmark = 7, type = "blackhole" }
    end, "server" },
  } do
    it("does not stumble over " .. fine[1], function()
      fine[2]()
      local account = netlua.why(pc, fine[4] or server)
      assert.is_true(account.ok, tostring(account))
      assert.equal("pc reaches " .. fine[3] .. ", and the answer comes back", account.sentence)
      assert.is_true(answered { to = fine[4] })
    end)
  end

  it("says when a translated answer is not from who was asked", function()
    local other = lab:host "other"
    lab:link(other, s)
    local at = other:addr_of "eth0"
    r1:nft(lines([[table ip n { chain c { type nat hook prerouting priority -100; ip daddr 198.51.100.1 dnat to ]] .. at .. [[; } }]]))
    local web = other:spawn { "python3", "-m", "http.server", "80" }
    web:wait_port(80, { timeout = 20 * support.slow })
    local account = netlua.why(pc, server, { proto = "tcp", port = 80 })
    assert.equal("answer from another address", account.verdict)
    assert.matches("pc: the answer comes from " .. at .. ", which it never asked", account.sentence, 1, true)
    assert.is_false(pcall(pc.connect, pc, "198.51.100.1", 80, { timeout = 0.3 }))
  end)

  it("says how long a spanning tree listens", function()
    local tree <close> = netlua.lab("tree", { family = "inet" })
    local a, switch, b = tree:host "a", tree:switch("s", { stp = true }), tree:host "b"
    tree:link(a, switch)
    tree:link(switch, b)
    tree:build()
    switch.link:set("br0", { up = false })
    switch.link:set("br0", { up = true, forward_delay = 3000 })
    local account = netlua.why(a, b)
    assert.equal("switch does not forward", account.verdict)
    assert.equal("s: its port eth0 is listening: the spanning tree forwards after 2 x forward_delay, 60 s", account.sentence)
  end)

  it("asks which address somebody listens at", function()
    local listener <close> = server:listen(81, { ip = "127.0.0.1" })
    local account = netlua.why(pc, server, { proto = "tcp", port = listener.port })
    assert.equal("server: nobody listens on tcp port 81 of 198.51.100.1, only of another address", account.sentence)
    local four <close> = server:listen(82, { ip = "198.51.100.1" })
    assert.is_true(netlua.why(pc, server, { proto = "tcp", port = four.port }).ok)
    assert.is_false(netlua.why(pc, server, { proto = "tcp", port = 82, family = "inet6" }).ok)
    local both <close> = server:listen(83)
    assert.is_true(netlua.why(pc, server, { proto = "tcp", port = both.port }).ok)
    assert.is_true(netlua.why(pc, server, { proto = "tcp", port = 83, family = "inet6" }).ok)
  end)

  it("says which interface is down when the route went with it", function()
    lab.links[4]:cut()
    local account = netlua.why(pc, server)
    assert.equal("r2: it has no route to 198.51.100.1: eth1, which leads there, is down", account.sentence)
    lab.links[4]:mend()
    r1.link:set("eth1", { up = false })
    assert.equal("r1: it has no route to 198.51.100.1: eth1, which leads there, is down", netlua.why(pc, server).sentence)
    r1.link:set("eth1", { up = true })
    assert.equal("r1: it has no route to 198.51.100.1", netlua.why(pc, server).sentence)
    pc.link:set("eth0", { up = false })
    assert.equal("pc: it has no route to 198.51.100.1: eth0, which leads there, is down", netlua.why(pc, server).sentence)
  end)

  it("tells a node of another lab", function()
    local other <close> = netlua.lab "other"
    local far = other:host "far"
    other:link(far, other:router "r", { net = { "198.51.100.0/24" } })
    other:build()
    local account = netlua.why(pc, far)
    assert.equal("another lab", account.verdict)
    assert.equal("server: it has the address 198.51.100.1 here: far is a node of another lab", account.sentence)
  end)

  it("asks for ports too", function()
    assert.equal("nobody listens", netlua.why(pc, server, { proto = "tcp", port = 80 }).verdict)
    local web = server:spawn { "python3", "-m", "http.server", "80" }
    web:wait_port(80, { timeout = 20 * support.slow })
    assert.is_true(netlua.why(pc, server, { proto = "tcp", port = 80 }).ok)
    r1:nft(lines [[table ip f { chain c { type filter hook forward priority 0; tcp dport 80 drop; } }]])
    assert.equal("dropped by filter", netlua.why(pc, server, { proto = "tcp", port = 80 }).verdict)
    assert.is_true(netlua.why(pc, server).ok)
  end)

  it("does not take a rule for another packet as its own", function()
    r1:nft(lines [[table inet f { chain c { type filter hook forward priority 0; policy drop;
      ct state established,related accept; ip saddr 192.0.2.0/24 accept; tcp dport 22 drop; ip daddr 203.0.113.128/25 drop; } }]])
    assert.is_true(answered())
    assert.is_true(netlua.why(pc, server).ok)
  end)

  it("answers for addresses and names, and refuses what is neither", function()
    assert.is_true(netlua.why(pc, "server").ok)
    assert.is_true(netlua.why(pc, "203.0.113.2").ok)
    assert.equal("nobody has that address", netlua.why(pc, "192.0.2.77").verdict)
    assert.error_matches(function() netlua.why(pc, "nobody") end, "why: to: there is no node 'nobody'", 1, true)
    assert.error_matches(function() netlua.why(pc, server, { prot = 1 }) end, "unknown key 'prot'", 1, true)
  end)
end)
