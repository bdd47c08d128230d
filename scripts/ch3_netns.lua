-- Chapter 3: network namespaces. Two hosts on one machine, and the cable between them.
--
--   ns1 eth0 ───── eth0 ns2
--       192.0.2.1  192.0.2.2
--
-- Watch that a namespace knows nothing of the machine it lives on, and that a cable has two ends.
--
--   3. A cable between two of them
--      $ ip link add eth0 netns ns1 type veth peer name eth0 netns ns2
--   …
--   Verdict: all 8 checks hold.
--
-- Exercises: 1. Give ns2 the address 198.51.100.2/24 instead: what in the two routing tables says why no ping comes
-- through? 2. Move eth0 of ns1 into a third namespace: what is left in ns1, and does ns2 notice?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch3_netns"

report:title "Chapter 3: network namespaces"
report:drawing "ns1 eth0 ───── eth0 ns2\n    192.0.2.1  192.0.2.2"

report:step "A network of one's own"
report:say "A namespace has interfaces, addresses, routes and rules of its own. A new one has nothing but a loopback."
report:command("ip netns add ns1", "ip netns add ns2", "ip -n ns1 link")
local ns1 <close> = netlua.netns.add "ns1"
local ns2 <close> = netlua.netns.add "ns2"
local names = {}
for _, link in ipairs(ns1.link:list()) do names[#names + 1] = link.ifname end
report:show(table.concat(names, " "))
report:check("there is lo and nothing else", #names == 1 and names[1] == "lo", names)
local own = ns1:ping("127.0.0.1", { count = 1 })
report:check("it reaches itself", own.received == 1, own)

report:step "Alone"
report:command "ip netns exec ns1 ping -c 1 192.0.2.2"
local alone = ns1:ping("192.0.2.2", { count = 1 })
report:show(alone)
report:check("it reaches nobody else: ENETUNREACH", alone.error ~= nil and alone.error.code == "ENETUNREACH", alone)
local account = netlua.why(ns1, ns2)
report:show(account)
report:check("nobody has an address yet", account.verdict == "no address", account)

report:step "A cable between two of them"
report:say "One message to the kernel makes both ends, each in its namespace. The same name in both is no conflict."
report:command("ip link add eth0 netns ns1 type veth peer name eth0 netns ns2", "ip -n ns1 link set eth0 up", "ip -n ns1 link show eth0")
ns1.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = ns2 } })
ns1.link:set("eth0", { up = true })
local half = ns1.link:get "eth0"
report:show(("%s: <%s>"):format(half.ifname, table.concat(half.flags, ",")))
report:check("a cable with one end down has no carrier", half.operstate ~= "UP", half)
report:command("ip -n ns2 link set eth0 up", "ip -n ns1 address add 192.0.2.1/24 dev eth0",
  "ip -n ns2 address add 192.0.2.2/24 dev eth0")
ns2.link:set("eth0", { up = true })
ns1.addr:add("192.0.2.1/24", "eth0")
ns2.addr:add("192.0.2.2/24", "eth0")

report:step "They talk"
report:command "ip netns exec ns1 ping -c 2 -i 0.01 192.0.2.2"
local reply = ns1:ping("192.0.2.2", { count = 2, interval = 0.01 })
report:show(reply)
report:check("2 of 2 come back", reply.received == 2, reply)
report:check("no router is between them: TTL 64", reply.received > 0 and reply.replies[1].ttl == 64, reply)

report:step "Pulling the plug"
report:command "ip -n ns2 link del eth0"
ns2.link:del "eth0"
local left = {}
for _, link in ipairs(ns1.link:list()) do left[#left + 1] = link.ifname end
report:check("the other end is gone with it: a cable has two ends or none", #left == 1, left)

return report:verdict()
