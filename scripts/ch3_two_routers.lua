-- Chapter 3: two routers, and a network between them that neither host belongs to.
--
--   ns1 ───── r1 ───── r2 ───── ns2
--   192.0.2.0/24  203.0.113.0/24  198.51.100.0/24
--
-- Watch what each router must know that its cables do not tell it, and that a way there is not a way back.
--
--   3. The way there, and no way back
--      no reply path: r2: it has no route to 192.0.2.1 (on the way back)
--   …
--   Verdict: all 8 checks hold.
--
-- Exercises: 1. Give both routers only default routes, each to the other: what happens to packets for 192.0.2.77, and
-- what for 203.0.113.200? 2. Write the three routes with prefixes as short as possible.
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch3_two_routers"

report:title "Chapter 3: two routers"
report:drawing "ns1 ───── r1 ───── r2 ───── ns2\n192.0.2.0/24  203.0.113.0/24  198.51.100.0/24"

report:step "Three networks"
report:say "Cables, addresses and the hosts' default routes are as in the chapter before; the routers' routes are left to us."
local lab <close> = netlua.lab("two-routers", { family = "inet", routes = false })
local ns1, r1, r2, ns2 = lab:host "ns1", lab:router "r1", lab:router "r2", lab:host "ns2"
lab:link(ns1, r1, { net = "192.0.2.0/24" })
lab:link(r1, r2, { net = "203.0.113.0/24" })
lab:link(r2, ns2, { net = "198.51.100.0/24" })
lab:build()
ns1.route:add("default", { via = "192.0.2.254" })
ns2.route:add("default", { via = "198.51.100.254" })
report:show(lab:draw())

report:step "A router knows what is on its cables, and no more"
report:command "ip -n r1 route"
for _, route in ipairs(r1.route:list()) do report:show(("%s dev %s"):format(route.dst, route.dev)) end
report:command "ip netns exec ns1 ping -c 1 ns2"
local lost = ns1:ping(ns2, { count = 1, timeout = 0.5 })
report:show(lost)
report:check("r1 answers that it knows no way: Destination Net Unreachable",
  lost.received == 0 and tostring(lost):find("Destination Net Unreachable", 1, true) ~= nil, lost)
local account = netlua.why(ns1, ns2)
report:show(account)
report:check("the way ends at r1", account.verdict == "no route" and account.at == r1, account)

report:step "The way there, and no way back"
report:command("ip -n r1 route add 198.51.100.0/24 via 203.0.113.2", "ip netns exec ns2 tcpdump -n -i eth0 icmp",
  "ip netns exec ns1 ping -c 1 ns2")
r1.route:add("198.51.100.0/24", { via = "203.0.113.2" })
local capture <close> = ns2:capture("eth0", "icmp")
local half = ns1:ping(ns2, { count = 1, timeout = 0.5 })
local seen = capture:packets()
for _, packet in ipairs(seen) do report:show(tostring(packet)) end
report:check("the request arrives", seen[1] ~= nil and seen[1].icmp.type == "echo request", seen)
report:check("and still nothing comes back", half.received == 0, half)
account = netlua.why(ns1, ns2)
report:show(account)
report:check("the answer ends at r2", account.verdict == "no reply path" and account.at == r2, account)

report:step "Both ways"
report:command("ip -n r2 route add 192.0.2.0/24 via 203.0.113.1", "ip netns exec ns1 ping -c 3 -i 0.01 ns2")
r2.route:add("192.0.2.0/24", { via = "203.0.113.1" })
local reply = ns1:ping(ns2, { count = 3, interval = 0.01 })
report:show(reply)
report:check("3 of 3 come back, over two routers: TTL 62", reply.received == 3 and reply.replies[1].ttl == 62, reply)
report:command "ip netns exec ns1 traceroute -n ns2"
local path = ns1:traceroute(ns2)
report:show(path)
report:check("the path is r1, r2, ns2", #path.hops == 3 and path.hops[1].addr == "192.0.2.254"
  and path.hops[2].addr == "203.0.113.2" and path.hops[3].addr == "198.51.100.1", path)
report:check("ns1 never heard of 203.0.113.0/24", #ns1.route:list() == 2, ns1.route:list())

return report:verdict()
