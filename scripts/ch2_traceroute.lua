-- Chapter 2: traceroute. A path of ten hops, two of them silent.
--
--   pc ── r1 ── r2 ── r3 ── r4 ── r5 ── r6 ── r7 ── r8 ── r9 ── server
--                           (r4 and r7 say nothing)
--
-- Watch the TTL: each router takes one off, and the one that takes the last says so. That message is the trick.
--
--   4. Two routers fall silent
--       4  * * *
--       5  198.18.3.2  0.018 ms  0.012 ms  0.012 ms
--   …
--   Verdict: all 11 checks hold.
--
-- Exercises: 1. Trace with { method = "icmp" } and with { method = "tcp" }: what does the server answer to each? 2. Give
-- r5 a next hop back to r4 for the server's network: what does traceroute show, and what does ping say?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch2_traceroute"

report:title "Chapter 2: traceroute, or what the TTL is for"
report:drawing "pc ── r1 ── r2 ── r3 ── r4 ── r5 ── r6 ── r7 ── r8 ── r9 ── server"

report:step "Nine routers in a row"
local lab <close> = netlua.lab("path", { family = "inet" })
local pc, server = lab:host "pc", lab:host "server"
local nodes = { pc }
for i = 1, 9 do nodes[#nodes + 1] = lab:router("r" .. i) end
nodes[#nodes + 1] = server
for i = 2, #nodes do
  lab:link(nodes[i - 1], nodes[i], i == 2 and { net = "192.0.2.0/24" } or i == #nodes and { net = "198.51.100.0/24" } or nil)
end
lab:build()
local reply = pc:ping(server)
report:command "ping -c 1 server"
report:check("the server answers", reply.received == 1, reply)
report:check("its answer has lost nine: TTL 55", reply.replies[1] ~= nil and reply.replies[1].ttl == 64 - 9, reply)

report:step "The trick, by hand"
report:say "The TTL is there so that no packet runs in circles for ever. Sent with TTL 3, one comes as far as the third router."
report:command("tcpdump -tn -i eth0", "ping -c 1 -t 3 server")
local capture <close> = pc:capture("eth0", "icmp or udp")
local short = pc:ping(server, { ttl = 3 })
report:show(short)
for _, packet in ipairs(capture:packets()) do report:show(packet:line { t = false }) end
local answer = capture:packets()[2]
report:check("r3 says that the time was up", short.errors[1] ~= nil
  and short.errors[1].addr == nodes[4]:address("inet", nodes[3]), short)
report:check("it quotes the packet that it dropped", answer ~= nil and answer.icmp.type == "time exceeded", answer)

report:step "The whole path"
report:say "traceroute does just that, with TTL 1, 2, 3 …, three times each, until the target itself says that its port is closed."
report:command "traceroute -n server"
local path = pc:traceroute(server)
report:show(path)
report:check("ten hops, the last of them the server", path.reached and #path.hops == 10, path)
local in_order = true
for i, hop in ipairs(path.hops) do
  in_order = in_order and hop.addr == nodes[i + 1]:address("inet", nodes[i])
end
report:check("each hop is the next router's near side", in_order, path)
local probes = capture:packets()
report:check("the last answer is no time exceeded but port unreachable",
  probes[#probes].icmp ~= nil and probes[#probes].icmp.type == "destination unreachable", probes[#probes])

report:step "Two routers fall silent"
report:say "Many routers send no such messages, or not often. They still pass packets on: the path goes through them."
report:command "nft add rule ip mute out icmp type time-exceeded drop     (on r4 and r7)"
for _, router in ipairs { nodes[5], nodes[8] } do
  router:nft [[
    add table ip mute
    add chain ip mute out { type filter hook output priority 0; }
    add rule ip mute out icmp type time-exceeded drop]]
end
report:command "traceroute -n server"
local quiet = pc:traceroute(server)
report:show(quiet)
report:check("stars for the fourth and the seventh", not quiet.hops[4].addr and not quiet.hops[7].addr, quiet)
report:check("and the server is reached all the same", quiet.reached and #quiet.hops == 10, quiet)

report:step "A router that forgets the way"
report:command("ip -n r6 route del 198.51.100.0/24", "traceroute -n -q 1 server")
nodes[7].route:del "198.51.100.0/24"
local broken = pc:traceroute(server, { queries = 1 })
report:show(broken)
report:check("the trace ends at r6, with !N: no route to the network", not broken.reached
  and broken.hops[#broken.hops].probes[1].mark == "!N", broken)
local account = netlua.why(pc, server)
report:show(account)
report:check("why says the same", account.verdict == "no route" and account.at == nodes[7], account)

return report:verdict()
