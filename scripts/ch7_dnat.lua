-- Chapter 7: destination NAT. A port of the gateway leads to a server inside.
--
--   client ── eth0 gateway eth1 ── server
--   203.0.113.0/24        192.0.2.0/24
--
-- Watch the destination address and port change at the gateway, and the answer come from an address that was never asked.
--
--   3. Port 8080 leads inwards
--      outside  203.0.113.1 > 203.0.113.254:8080
--      inside   203.0.113.1 > 192.0.2.1:80
--   …
--   Verdict: all 7 checks hold.
--
-- Exercises: 1. Forward port 2222 to port 22 as well. 2. Let the server itself ask for the gateway's outer address: why
-- does that fail, and which second rule mends it (hairpin NAT)?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch7_dnat"

report:title "Chapter 7: destination NAT, a door in the gateway"
report:drawing "client ── eth0 gateway eth1 ── server\n203.0.113.0/24        192.0.2.0/24"

report:step "A server that nobody outside can name"
local lab <close> = netlua.lab("dnat", { family = "inet" })
local client, gateway, server = lab:host("client", { gateway = false }), lab:router "gateway", lab:host "server"
lab:link(client, gateway, { net = "203.0.113.0/24" })
lab:link(gateway, server, { net = "192.0.2.0/24" })
lab:build()
local web <close> = server:spawn { "python3", "-m", "http.server", "80" }
web:wait_port(80, { timeout = 20 })
report:say "The client knows the gateway's outer address and nothing else: private addresses have no route outside."
local refused, err = pcall(client.connect, client, server, 80)
report:check("the private address cannot be reached from outside", not refused and err.code == "ENETUNREACH", err)
local account = netlua.why(client, server)
report:show(account)
report:check("because the client has no route to it", account.verdict == "no route" and account.at == client, account)

report:step "Port 8080 leads inwards"
report:command "nft 'add rule ip nat prerouting iifname \"eth0\" tcp dport 8080 dnat to 192.0.2.1:80'"
gateway:nft [[
  table ip nat {
    chain prerouting {
      type nat hook prerouting priority dstnat;
      iifname "eth0" tcp dport 8080 dnat to 192.0.2.1:80
    }
  }
]]
local outside <close> = gateway:capture("eth0", "tcp")
local inside <close> = gateway:capture("eth1", "tcp")
local connection = client:connect(gateway:addr_of "eth0", 8080)
connection:write "GET / HTTP/1.0\r\n\r\n"
connection:flush()
local answer = connection:read "*l"
connection:close()
local out, into = outside:packets(), inside:packets()
report:show(("outside  %s > %s:%d"):format(out[1].ip.src, out[1].ip.dst, out[1].tcp.dst_port))
report:show(("inside   %s > %s:%d"):format(into[1].ip.src, into[1].ip.dst, into[1].tcp.dst_port))
report:check("the page arrives", answer ~= nil and answer:find "200" ~= nil, answer)
report:check("outside it goes to port 8080 of the gateway",
  out[1].ip.dst == gateway:addr_of "eth0" and out[1].tcp.dst_port == 8080, out[1])
report:check("inside it goes to port 80 of the server",
  into[1].ip.dst == server:addr_of "eth0" and into[1].tcp.dst_port == 80, into[1])
report:check("the server sees who really asks", into[1].ip.src == client:addr_of "eth0", into[1])
report:check("the client sees an answer from the gateway", out[2].ip.src == gateway:addr_of "eth0", out[2])

return report:verdict()
