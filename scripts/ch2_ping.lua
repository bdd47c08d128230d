-- Chapter 2: ping. What a fresh host has, and the question "are you there?"
--
--   pc eth0 ───── eth0 server
--   192.0.2.1     192.0.2.2
--
-- Watch how ping goes to the machine itself first, then over a cable, and what ICMP says when nobody is there.
--
--   3. Over a cable
--      $ ping -c 3 192.0.2.2
--        64 bytes from 192.0.2.2: icmp_seq=1 ttl=64 time=0.050 ms
--   …
--   Verdict: all 12 checks hold.
--
-- Exercises: 1. Ping with size 2000: how many packets does tcpdump show for one question, and why? 2. What does ping say
-- with ttl 1 on this cable, and what would it say with a router in between?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch2_ping"

report:title "Chapter 2: ping, and the ICMP messages under it"
report:drawing "pc eth0 ───── eth0 server\n192.0.2.1     192.0.2.2"

report:step "A fresh host"
report:say "A new network namespace is a computer without cables: it has one interface, the loopback, which leads back to itself."
report:command("ip netns add fresh", "ip netns exec fresh ip address show")
local fresh <close> = netlua.netns.add "fresh"
local addresses = fresh.addr:list()
for _, link in ipairs(addresses) do
  report:show(("%d: %s: mtu %d"):format(link.ifindex, link.ifname, link.mtu))
  for _, info in ipairs(link.addr_info) do
    report:show(("    %s %s/%d scope %s"):format(info.family, info["local"], info.prefixlen, info.scope))
  end
end
report:check("there is lo, and nothing else", #addresses == 1 and addresses[1].ifname == "lo", addresses)
report:check("its address is 127.0.0.1", addresses[1].addr_info[1]["local"] == "127.0.0.1", addresses)

report:step "Over the loopback"
report:command "ip netns exec fresh ping -c 1 127.0.0.1"
local itself = fresh:ping "127.0.0.1"
report:show(itself)
report:check("it answers itself", itself.received == 1, itself)
report:command "ip netns exec fresh ping -c 1 192.0.2.2"
local alone = fresh:ping "192.0.2.2"
report:show(alone)
report:check("every other address is unreachable from here", alone.error ~= nil and alone.error.code == "ENETUNREACH", alone)

report:step "Over a cable"
report:say "Two hosts and a cable. tcpdump listens at the far end while ping asks three times."
local lab <close> = netlua.lab("ping", { family = "inet" })
local pc, server = lab:host "pc", lab:host "server"
lab:link(pc, server, { net = "192.0.2.0/24" })
lab:build()
report:command("ip netns exec server tcpdump -tn -i eth0 icmp", "ip netns exec pc ping -c 3 -i 0.01 192.0.2.2")
local capture <close> = server:capture("eth0", "icmp")
local reply = pc:ping("192.0.2.2", { count = 3, interval = 0.01 })
report:show(reply)
local seen = capture:packets()
for _, packet in ipairs(seen) do report:show(packet:line { t = false }) end
report:check("3 of 3 come back", reply.received == 3, reply)
report:check("each question is an ICMP message, and so is each answer", #seen == 6
  and seen[1].icmp.type == "echo request" and seen[2].icmp.type == "echo reply", seen)
report:check("the answer carries the question's number", seen[1].icmp.seq == seen[2].icmp.seq, seen)
report:check("no router was on the way: TTL 64", reply.replies[1].ttl == 64, reply)

report:step "Nobody there"
report:say "192.0.2.77 belongs to the cable's network, so pc looks for it there: three questions, a second apart, then it gives up."
report:command "ip netns exec pc ping -c 1 192.0.2.77"
local nobody = pc:ping "192.0.2.77"
report:show(nobody)
report:check("pc's own kernel says: Destination Host Unreachable", nobody.errors[1] ~= nil
  and nobody.errors[1].message == "Destination Host Unreachable" and nobody.errors[1].addr == "192.0.2.1", nobody)

report:step "A server that does not want to answer"
report:command "ip netns exec server sysctl net.ipv4.icmp_echo_ignore_all=1"
server:sysctl("net.ipv4.icmp_echo_ignore_all", 1)
local silent = pc:ping("192.0.2.2", { timeout = 0.3 })
report:check("the question arrives and is not answered", silent.received == 0
  and capture:packets()[7].icmp.type == "echo request", silent)
report:say "Silence looks the same whatever its cause. So ask for the account:"
local account = netlua.why(pc, server)
report:show(account)
report:check("why names the switch that is set", account.verdict == "echo is ignored" and account.at == server, account)
server:sysctl("net.ipv4.icmp_echo_ignore_all", 0)
report:check("set back, it answers again", pc:ping("192.0.2.2").received == 1)

return report:verdict()
