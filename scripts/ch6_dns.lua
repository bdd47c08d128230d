-- Chapter 6: DNS. A name server of one's own, asked with dig, and what a question looks like.
--
--   client ── 192.0.2.0/24 ── ns
--
-- Watch one question and one answer over UDP port 53, a name that does not exist, and a server that does not answer.
--
--   2. A question and its answer
--      198.51.100.80
--   …
--   Verdict: all 6 checks hold.
--
-- Exercises: 1. Add a record for IPv6 (AAAA) and ask for it. 2. Ask over TCP (dig +tcp): what changes on the wire?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch6_dns"

report:title "Chapter 6: DNS"
report:drawing "client ── 192.0.2.0/24 ── ns"
if not report:needs { dnsmasq = "dnsmasq-base", dig = "bind9-dnsutils" } then return report:verdict() end

report:step "A name server"
local lab <close> = netlua.lab("dns", { family = "inet" })
local client, ns = lab:host "client", lab:host "ns"
lab:link(client, ns, { net = "192.0.2.0/24" })
lab:build()
local function dig(...)
  return client:run { "dig", "@" .. ns:addr_of "eth0", "+tries=1", "+time=1", ... }
end
report:say "Nobody serves yet: the question is refused, and dig says so after a while."
report:command "dig @192.0.2.2 +short www.example.test"
local early = dig("+short", "www.example.test")
report:check("dig's status is 9: no answer", early.code == 9, early)
local account = netlua.why(client, ns, { proto = "udp", port = 53 })
report:show(account)
report:check("because nobody listens", account.verdict == "nobody listens", account)
report:command "dnsmasq --no-daemon --no-hosts --no-resolv --host-record=www.example.test,198.51.100.80"
local server <close> = ns:spawn { "dnsmasq", "--no-daemon", "--no-hosts", "--no-resolv", "--conf-file=/dev/null", "--user=root",
  "--local=/example.test/", "--host-record=www.example.test,198.51.100.80", "--pid-file=" }
server:wait_port(53, { proto = "udp", timeout = 10 })

report:step "A question and its answer"
report:command("dig @192.0.2.2 +short www.example.test", "tcpdump -n -i eth0 udp port 53")
local capture <close> = ns:capture("eth0", "udp port 53")
local answer = dig("+short", "www.example.test")
report:show(answer.stdout)
report:check("the address is what the server was told", answer.stdout == "198.51.100.80\n", answer)
local packets = capture:packets()
for _, packet in ipairs(packets) do report:show(tostring(packet)) end
report:check("one question, one answer", #packets == 2, packets)
report:check("the answer carries the question's number",
  packets[1].dns and packets[2].dns and packets[1].dns.id == packets[2].dns.id, packets)

report:step "A name that does not exist"
report:command "dig @192.0.2.2 nowhere.example.test"
local nothing = dig "nowhere.example.test"
report:show(nothing.stdout:match "[^\n]*status:[^\n]*")
report:check("the status is NXDOMAIN", nothing.stdout:find "NXDOMAIN" ~= nil, nothing)

return report:verdict()
