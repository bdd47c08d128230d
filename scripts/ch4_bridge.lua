-- Chapter 4: a switch learns. Frames, ports, and a table that fills itself.
--
--   a ── eth0 ┐
--   b ── eth1 ├─ switch
--   c ── eth2 ┘
--
-- Watch the first frame go to everybody, the answer go to one port, and the table before and after.
--
--   2. The first frame, and the table afterwards
--      02:00:00:02:00:00 is behind eth0
--   …
--   Verdict: all 8 checks hold.
--
-- Exercises: 1. Pull the cable of b and ping it at once: to which ports do the frames go? 2. Set ageing_time to one second:
-- how does the table look two seconds later?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch4_bridge"

report:title "Chapter 4: a switch learns"
report:drawing "a ── eth0 ┐\nb ── eth1 ├─ switch\nc ── eth2 ┘"

report:step "Three hosts at one switch"
report:command("ip link add br0 type bridge", "ip link set eth0 master br0      (and eth1, eth2)")
local lab <close> = netlua.lab("bridge", { family = "inet" })
local switch, a, b, c = lab:switch "switch", lab:host "a", lab:host "b", lab:host "c"
for _, host in ipairs { a, b, c } do lab:link(switch, host, host == a and { net = "192.0.2.0/24" } or nil) end
lab:build()

-- What the switch has learnt: MAC address -> port. Its own ports' addresses are not learnt, they are known.
local function learnt()
  local table_, count = {}, 0
  for _, entry in ipairs(switch.fdb:list()) do
    if entry.master == "br0" and entry.state ~= "permanent" and not (entry.flags and entry.flags[1] == "self") then
      if not table_[entry.mac] then count = count + 1 end
      table_[entry.mac] = entry.ifname
    end
  end
  return table_, count
end
local mac = {}
for _, host in ipairs { a, b, c } do mac[host] = host.link:get("eth0").address end
report:command "bridge fdb show br br0"
local before, count = learnt()
report:check("the switch has learnt nothing yet", count == 0, before)

report:step "The first frame, and the table afterwards"
report:say "a asks for b. The question is for everybody; the answer is for a, and by now the switch knows where a is."
local at_b <close> = b:capture "eth0"
local at_c <close> = c:capture "eth0"
local reply = a:ping(b, { count = 1 })
report:check("b answers", reply.received == 1, reply)
local now = learnt()
for _, host in ipairs { a, b } do report:show(("%s is behind %s"):format(mac[host], tostring(now[mac[host]]))) end
report:check("a is behind eth0, b behind eth1", now[mac[a]] == "eth0" and now[mac[b]] == "eth1", now)
report:check("c has said nothing: nobody knows where it is", now[mac[c]] == nil, now)

report:step "What c has heard"
report:command "tcpdump -n -e -i eth0      (at c)"
local heard = at_c:packets()
for _, packet in ipairs(heard) do report:show(packet:line { e = true }) end
report:check("the question, and nothing else", #heard == 1 and heard[1].arp ~= nil and heard[1].arp.op == "request", heard)
report:check("b has heard question, request and its own two answers", #at_b:packets() == 4, at_b:packets())

report:step "A port that belongs to nobody"
report:command "ip -n switch link set eth1 nomaster"
switch.link:set("eth1", { master = false })
local lost = a:ping(b, { count = 1, timeout = 0.3 })
report:check("b is cut off", lost.received == 0, lost)
local account = netlua.why(a, b)
report:show(account)
report:check("the switch does not forward", account.verdict == "switch does not forward" and account.at == switch, account)

return report:verdict()
