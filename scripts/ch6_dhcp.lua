-- Chapter 6: DHCP (RFC 2131). A host without an address gets one, with everything else it needs.
--
--   client ── 192.0.2.0/24 ── server
--
-- Watch the four messages, from an address that is none to an address that is everybody's, and the lease become an
-- address on the interface: what the notes' Docker could not do.
--
--   2. Discover, offer, request, ack
--   …
--   Verdict: all 7 checks hold.
--
-- Exercises: 1. Give the client always the same address by its MAC (--dhcp-host). 2. Let two clients ask a server that
-- has one address only: what does the second one hear?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch6_dhcp"

report:title "Chapter 6: DHCP"
report:drawing "client ── 192.0.2.0/24 ── server"
if not report:needs { dnsmasq = "dnsmasq-base", udhcpc = "udhcpc" } then return report:verdict() end

report:step "A host without an address"
local lab <close> = netlua.lab("dhcp", { family = "inet" })
local client, server = lab:host "client", lab:host "server"
lab:link(client, server, { net = "192.0.2.0/24" })
lab:build()
client.addr:flush "eth0"
local lost = client:ping(server:addr_of "eth0", { count = 1 })
report:show(lost)
report:check("without an address nothing goes: ENETUNREACH", lost.error ~= nil and lost.error.code == "ENETUNREACH", lost)
local account = netlua.why(client, server)
report:show(account)
report:check("because it has no address", account.verdict == "no address" and account.at == client, account)

report:step "Discover, offer, request, ack"
report:command("dnsmasq --no-daemon --port=0 --dhcp-range=192.0.2.100,192.0.2.150,1h        (server)",
  "udhcpc -i eth0                                                        (client)", "tcpdump -n -i eth0 udp port 67 or udp port 68")
local daemon <close> = server:spawn { "dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null", "--user=root", "--pid-file=",
  "--no-ping", "--dhcp-leasefile=/dev/null", "--dhcp-range=192.0.2.100,192.0.2.150,1h", "--dhcp-option=option:router,192.0.2.2" }
daemon:wait_port(67, { proto = "udp", timeout = 10 })
local capture <close> = server:capture("eth0", "udp port 67 or udp port 68")
-- The client's script is told the lease; here it only prints it, and the chapter applies it in plain sight.
local script = "/mnt/lease"
local got = client:run("mount -t tmpfs none /mnt && printf '#!/bin/sh\\necho $1 $ip $mask $router\\n' > " .. script ..
  " && chmod +x " .. script .. " && udhcpc -i eth0 -n -q -f -t 3 -T 3 -s " .. script, { shell = true, timeout = 30 })
local ip, mask, router = got.stdout:match "bound (%S+) (%d+) (%S+)"
report:show(("bound: %s/%s, router %s"):format(ip, mask, router))
report:check("an address out of the range is leased", ip ~= nil and ip:find "^192%.0%.2%.1[0-5]%d$" ~= nil, got)
local kinds = {}
for _, packet in ipairs(capture:packets()) do
  report:show(tostring(packet))
  kinds[#kinds + 1] = packet.dhcp and packet.dhcp.message_type
end
report:check("four messages: discover, offer, request, ack",
  table.concat(kinds, " "):lower() == "discover offer request ack", kinds)
report:check("the first comes from 0.0.0.0 and goes to everybody",
  capture:packets()[1].ip.src == "0.0.0.0" and capture:packets()[1].ip.dst == "255.255.255.255", capture:packets()[1])

report:step "The lease becomes an address"
report:command(("ip addr add %s/%s dev eth0"):format(ip, mask), ("ip route add default via %s"):format(router))
client.addr:add(ip .. "/" .. mask, "eth0")
client.route:add("default", { via = router })
local found = client:ping(server:addr_of "eth0", { count = 1 })
report:show(found)
report:check("now the server is reached", found.received == 1, found)
report:check("and everything else would be behind it", client.route:get("198.51.100.1").gateway == router)

return report:verdict()
