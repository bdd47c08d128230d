-- Chapter 7: source NAT. A private network goes out through one address.
--
--   lan ── eth0 gateway eth1 ── web
--   192.0.2.0/24        203.0.113.0/24
--
-- Watch the source address of one and the same request on both sides of the gateway, and how the answer finds back.
--
--   3. The same request on both sides
--      inside   192.0.2.1 > 203.0.113.1
--      outside  203.0.113.254 > 203.0.113.1
--   …
--   Verdict: all 8 checks hold.
--
-- Exercises: 1. Two hosts behind the gateway ask from the same source port: what does the second one's look like outside?
-- 2. Replace masquerade by `snat to 203.0.113.200`: what else must the gateway have for the answers to come?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch7_snat"

report:title "Chapter 7: source NAT, many behind one address"
report:drawing "lan ── eth0 gateway eth1 ── web\n192.0.2.0/24        203.0.113.0/24"

report:step "A private network, a gateway, and a server outside"
report:say "The server stands for the internet: it knows its own network and has no route to the private one."
local lab <close> = netlua.lab("snat", { family = "inet" })
local lan, gateway, web = lab:host "lan", lab:router "gateway", lab:host("web", { gateway = false })
lab:link(lan, gateway, { net = "192.0.2.0/24" })
lab:link(gateway, web, { net = "203.0.113.0/24" })
lab:build()
report:show(lab:draw())
local lost = lan:ping(web, { count = 1, timeout = 0.2 })
report:show(lost)
report:check("without NAT nothing comes back", lost.received == 0, lost)
local account = netlua.why(lan, web)
report:show(account)
report:check("the server has no way back", account.verdict == "no reply path" and account.at == web, account)

report:step "Masquerade: the gateway speaks for the private network"
report:command [[nft 'add rule ip nat postrouting ip saddr 192.0.2.0/24 oifname "eth1" masquerade']]
gateway:nft [[
  table ip nat {
    chain postrouting {
      type nat hook postrouting priority srcnat;
      ip saddr 192.0.2.0/24 oifname "eth1" masquerade
    }
  }
]]
local found = lan:ping(web, { count = 1 })
report:check("now the ping is answered", found.received == 1, found)

report:step "The same request on both sides"
report:command("tcpdump -n -i eth0 tcp port 80      (at the gateway, inside)",
  "tcpdump -n -i eth1 tcp port 80      (outside)", "curl http://web/")
local server <close> = web:spawn { "python3", "-m", "http.server", "80" }
server:wait_port(80, { timeout = 20 })
local inside <close> = gateway:capture("eth0", "tcp port 80")
local outside <close> = gateway:capture("eth1", "tcp port 80")
local connection = lan:connect(web, 80)
connection:write "GET / HTTP/1.0\r\n\r\n"
connection:flush()
local answer = connection:read "*l"
connection:close()
local first_in, first_out = inside:packets()[1], outside:packets()[1]
report:show(("inside   %s > %s"):format(first_in.ip.src, first_in.ip.dst))
report:show(("outside  %s > %s"):format(first_out.ip.src, first_out.ip.dst))
report:check("inside it comes from the host", first_in.ip.src == lan:addr_of "eth0", first_in)
report:check("outside it comes from the gateway", first_out.ip.src == gateway:addr_of "eth1", first_out)
report:check("the destination is the same", first_in.ip.dst == first_out.ip.dst, first_out)
report:check("the sequence number is the same: it is the same segment", first_in.tcp.seq == first_out.tcp.seq, first_out)

report:step "The answer"
report:say "The gateway remembers each connection, and undoes for the answers what it has done to the requests."
report:check("the page arrives", answer ~= nil and answer:find "200" ~= nil, answer)

return report:verdict()
