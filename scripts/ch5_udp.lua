-- Chapter 5: UDP. A datagram: sent, and that is all.
--
--   a ── 192.0.2.0/24 ── b
--
-- Watch how little there is: ports, a length, a checksum. Nobody says hello, and nobody notices a loss.
--
--   2. A datagram
--      192.0.2.1.4000 > 192.0.2.2.5000: UDP, length 5
--   …
--   Verdict: all 9 checks hold.
--
-- Exercises: 1. Send 3000 bytes in one datagram over this link: how many packets go over the wire, and which of them has
-- the ports? 2. Send an empty datagram: does it arrive?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch5_udp"

report:title "Chapter 5: UDP"
report:drawing "a ── 192.0.2.0/24 ── b"
local lab <close> = netlua.lab("udp", { family = "inet" })
local a, b = lab:host "a", lab:host "b"
lab:link(a, b, { net = "192.0.2.0/24" })
lab:build()

report:step "Nobody there"
report:say "A datagram to a port that nobody has is sent all the same. Only b's kernel says something, by ICMP."
report:command("nc -u 192.0.2.2 5000        (a)", "tcpdump -tn -i eth0          (b)")
local all <close> = b:capture("eth0", "udp or icmp")
local lonely <close> = a:udp(4000, { to = b, to_port = 5000 })
lonely:send "hello"
local ok, err = pcall(lonely.receive, lonely, { timeout = 5 })
for _, packet in ipairs(all:packets()) do report:show(packet:line { t = false }) end
report:check("the sender hears of it at its next call: ECONNREFUSED", not ok and err.code == "ECONNREFUSED", err)
local account = netlua.why(a, b, { proto = "udp", port = 5000 })
report:show(account)
report:check("because nobody listens", account.verdict == "nobody listens", account)
local refusal = all:packets()[2]
report:check("the message quotes the datagram that it is about", refusal ~= nil and refusal.icmp.inner ~= nil
  and refusal.icmp.inner.udp.dst_port == 5000, refusal)
lonely:close()

report:step "A datagram"
report:command("nc -u -l 5000                (b)", "nc -u -p 4000 192.0.2.2 5000 (a)")
local capture <close> = b:capture("eth0", "udp")
local server <close> = b:udp(5000)
local client <close> = a:udp(4000)
client:send("hello", b, 5000)
local data, address, port = server:receive { timeout = 5 }
local packet = capture:packets()[1]
report:show(packet:line { t = false })
report:check("it arrives, with its sender's address and port", data == "hello" and address == "192.0.2.1" and port == 4000, data)
report:check("one packet is all there is", #capture:packets() == 1, capture:packets())
report:check("its header is eight bytes: length 8 + 5", packet.udp.len == 13, packet)

report:step "Two datagrams stay two"
client:send("one", b, 5000)
client:send("two", b, 5000)
local first, second = server:receive { timeout = 5 }, server:receive { timeout = 5 }
report:check("each receive gets one of them", first == "one" and second == "two", { first, second })

report:step "A loss that nobody notices"
report:command "nft add rule ip filter input udp dport 5000 drop     (b)"
b:nft [[
  table ip filter {
    chain input {
      type filter hook input priority 0;
      udp dport 5000 drop
    }
  }
]]
client:send("lost", b, 5000)
local nothing = server:receive { timeout = 0.2 }
report:check("b gets nothing", nothing == nil, nothing)
report:check("and a is told nothing", client:receive { timeout = 0.2 } == nil)

return report:verdict()
