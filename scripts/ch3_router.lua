-- Chapter 3: two networks and the router between them.
--
--   ns1 ns1-veth0 ───── gw-veth0 router gw-veth1 ───── ns2-veth0 ns2
--       192.0.2.1       .254                 .254      198.51.100.1
--
-- Watch why the first two pings fail: first ns1 knows no way, then the router does not pass packets on.
--
--   4. ns1 asks for ns2
--      $ ip netns exec ns1 ping -c 1 198.51.100.1
--        ping: connect: Network is unreachable
--   …
--      ok  every packet has crossed one router: TTL 63
--   Verdict: all 10 checks hold.
--
-- Exercises: 1. Give ns2 no default route: how far does the echo request come, and who sees it? 2. Set the
-- default TTL of ns1 to 1 (net.ipv4.ip_default_ttl): who answers ns1's ping now?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch3_router"

report:title "Chapter 3: two networks and the router between them"
report:drawing [[
ns1 ns1-veth0 ───── gw-veth0 router gw-veth1 ───── ns2-veth0 ns2
    192.0.2.1       .254                 .254      198.51.100.1]]

report:step "Two hosts and a router"
report:say "Each is a network namespace: interfaces, addresses and routes of its own, and nothing in it yet."
report:command("ip netns add ns1", "ip netns add router", "ip netns add ns2")
local ns1 <close> = netlua.netns.add "ns1"
local router <close> = netlua.netns.add "router"
local ns2 <close> = netlua.netns.add "ns2"
router:sysctl("net.ipv4.ip_forward", 0) -- as on a fresh machine, whatever this one does

report:step "Two cables"
report:say "A veth is a cable: what goes in at one end comes out at the other. Here each end is in another namespace."
report:command("ip link add ns1-veth0 netns ns1 type veth peer name gw-veth0 netns router",
  "ip link add ns2-veth0 netns ns2 type veth peer name gw-veth1 netns router",
  "ip -n ns1 link set ns1-veth0 up            (and so the other three)")
ns1.link:add("ns1-veth0", { type = "veth", peer = { name = "gw-veth0", netns = router } })
ns2.link:add("ns2-veth0", { type = "veth", peer = { name = "gw-veth1", netns = router } })
ns1.link:set("ns1-veth0", { up = true })
router.link:set("gw-veth0", { up = true })
router.link:set("gw-veth1", { up = true })
ns2.link:set("ns2-veth0", { up = true })

report:step "Addresses: one network on each cable"
report:command("ip -n ns1 address add 192.0.2.1/24 dev ns1-veth0",
  "ip -n router address add 192.0.2.254/24 dev gw-veth0",
  "ip -n router address add 198.51.100.254/24 dev gw-veth1", "ip -n ns2 address add 198.51.100.1/24 dev ns2-veth0")
ns1.addr:add("192.0.2.1/24", "ns1-veth0")
router.addr:add("192.0.2.254/24", "gw-veth0")
router.addr:add("198.51.100.254/24", "gw-veth1")
ns2.addr:add("198.51.100.1/24", "ns2-veth0")
local near = ns1:ping("192.0.2.254", { count = 1 })
report:check("ns1 reaches the router on its own cable", near.received == 1, near)

report:step "ns1 asks for ns2"
report:command "ip netns exec ns1 ping -c 1 198.51.100.1"
local lost = ns1:ping("198.51.100.1", { count = 1 })
report:show(lost)
report:say "The packet was not even sent: ns1 has a route to its own cable's network, and to no other."
report:command "ip -n ns1 route show"
for _, route in ipairs(ns1.route:list()) do report:show(("%s dev %s"):format(route.dst, route.dev)) end
report:check("the kernel says why: ENETUNREACH", lost.error and lost.error.code == "ENETUNREACH", lost)

report:step "Default routes: what is not here is behind the router"
report:command("ip -n ns1 route add default via 192.0.2.254", "ip -n ns2 route add default via 198.51.100.254",
  "ip netns exec ns1 ping -c 1 198.51.100.1")
ns1.route:add("default", { via = "192.0.2.254" })
ns2.route:add("default", { via = "198.51.100.254" })
local dropped = ns1:ping("198.51.100.1", { count = 1, timeout = 0.2 })
report:show(dropped)
report:say "Now the packet leaves ns1, and still nothing comes back: the router drops what is not for itself."
report:command "ip netns exec router sysctl net.ipv4.ip_forward"
report:show("net.ipv4.ip_forward = " .. router:sysctl "net.ipv4.ip_forward")
report:check("sent, and not answered", dropped.sent == 1 and dropped.received == 0, dropped)

report:step "Forwarding: the router becomes one"
report:command "ip netns exec router sysctl net.ipv4.ip_forward=1"
router:sysctl("net.ipv4.ip_forward", 1)
local way = router.route:get "198.51.100.1"
report:check("the router has ns2 on gw-veth1", way.dev == "gw-veth1", way)

report:step "The proof: three echoes, seen on the router's far side"
report:command("ip netns exec router tcpdump -n -i gw-veth1 icmp", "ip netns exec ns1 ping -c 3 -i 0.01 198.51.100.1")
local capture <close> = router:capture("gw-veth1", "icmp")
local reply = ns1:ping("198.51.100.1", { count = 3, interval = 0.01 })
local seen = capture:packets()
report:show(reply)
for _, packet in ipairs(seen) do report:show(tostring(packet)) end
report:check("3 of 3 come back", reply.sent == 3 and reply.received == 3, reply)
report:check("every packet has crossed one router: TTL 63", reply.received == 3 and reply.replies[1].ttl == 63, reply)
report:check("the capture has 3 requests and 3 replies", #seen == 6, seen)
report:check("the request leaves the router with TTL 63",
  seen[1] and seen[1].icmp.type == "echo request" and seen[1].ip.ttl == 63, seen[1])

report:step "And the path"
report:command "ip netns exec ns1 traceroute -n 198.51.100.1"
local path = ns1:traceroute "198.51.100.1"
report:show(path)
report:check("first the router, 192.0.2.254", path.hops[1] and path.hops[1].addr == "192.0.2.254", path)
report:check("then ns2 itself, 198.51.100.1", path.reached and #path.hops == 2, path)

return report:verdict()
