-- Chapter 4: Ethernet. Who has that address? And what a router does to MAC addresses.
--
--   pc ───── router ───── server
--   192.0.2.0/24   198.51.100.0/24
--
-- Watch the question that goes to everybody, the answer that goes to one, and the same IP packet in two frames.
--
--   3. One packet, two frames
--      02:00:00:01:00:00 > 02:00:00:02:00:00   192.0.2.1 > 198.51.100.1   TTL 64
--      02:00:00:02:00:01 > 02:00:00:03:00:00   192.0.2.1 > 198.51.100.1   TTL 63
--   …
--   Verdict: all 10 checks hold.
--
-- Exercises: 1. Ping an address of the pc's own network that nobody has: how many questions are asked, and what does ping
-- say? 2. Do the same over IPv6: which protocol asks there, and where does the question go?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch4_arp"

report:title "Chapter 4: ARP and MAC addresses"
report:drawing "pc ───── router ───── server\n192.0.2.0/24   198.51.100.0/24"

report:step "A question and its answer"
local lab <close> = netlua.lab("arp", { family = "inet" })
local pc, router, server = lab:host "pc", lab:router "router", lab:host "server"
lab:link(pc, router, { net = "192.0.2.0/24" })
lab:link(router, server, { net = "198.51.100.0/24" })
lab:build()
report:say "An IP packet needs a frame, and a frame the next hop's MAC address. The table for it is empty at first."
report:command("ip -n pc neigh", "tcpdump -n -e -i eth0       (at the router)", "ping -c 1 198.51.100.1      (at pc)")
report:check("pc knows no neighbour", #pc.neigh:list() == 0, pc.neigh:list())
local near <close> = router:capture "eth0"
local far <close> = router:capture "eth1"
local reply = pc:ping(server, { count = 1 })
report:check("the ping comes back", reply.received == 1, reply)
local seen = near:packets()
for i = 1, math.min(#seen, 4) do report:show(seen[i]:line { e = true }) end
local ask, answer = seen[1], seen[2]
report:check("the question goes to everybody", ask.arp ~= nil and ask.arp.op == "request" and ask.eth.dst == "ff:ff:ff:ff:ff:ff", ask)
report:check("it asks for the router, not for the server", ask.arp ~= nil and ask.arp.target_ip == "192.0.2.254", ask)
report:check("the answer goes to pc alone", answer.arp ~= nil and answer.arp.op == "reply"
  and answer.eth.dst == pc.link:get("eth0").address, answer)

report:step "The table afterwards"
report:command "ip -n pc neigh"
local entry = pc.neigh:list()[1]
report:show(("%s dev %s lladdr %s %s"):format(entry.dst, entry.dev, entry.lladdr, entry.state[1]))
report:check("pc has learnt the router's MAC address", entry.lladdr == router.link:get("eth0").address, entry)

report:step "One packet, two frames"
local function request(packets)
  for _, packet in ipairs(packets) do
    if packet.icmp and packet.icmp.type == "echo request" then return packet end
  end
end
local before, after = request(seen), request(far:packets())
for _, packet in ipairs { before, after } do
  report:show(("%s > %s   %s > %s   TTL %d"):format(packet.eth.src, packet.eth.dst, packet.ip.src, packet.ip.dst, packet.ip.ttl))
end
report:check("the IP addresses stay", before.ip.src == after.ip.src and before.ip.dst == after.ip.dst, after)
report:check("both MAC addresses are new", before.eth.src ~= after.eth.src and before.eth.dst ~= after.eth.dst, after)

report:step "A wrong entry"
report:command "ip -n pc neigh replace 192.0.2.254 lladdr 02:00:00:00:00:99 dev eth0"
pc.neigh:replace("192.0.2.254", { dev = "eth0", lladdr = "02:00:00:00:00:99" })
local lost = pc:ping(server, { count = 1, timeout = 0.3 })
report:check("frames for nobody are taken by nobody", lost.received == 0, lost)
local account = netlua.why(pc, server)
report:show(account)
report:check("which has a name", account.verdict == "wrong neighbour entry" and account.at == pc, account)

return report:verdict()
