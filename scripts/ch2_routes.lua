-- Chapter 2: routes. Where does a packet go next?
--
--              ┌── left ─────┐
--   pc ── gate               far ── server
--              └── right ────┘
--
-- Watch which line of the table a packet takes: the longest prefix that holds its address, never the first line.
--
--   3. The longest prefix wins
--      $ ip -n gate route get 198.51.100.200
--        198.51.100.200 via 203.0.113.130 dev eth2
--   …
--   Verdict: all 11 checks hold.
--
-- Exercises: 1. Add a route for 198.51.100.200/32 through left: which one counts now, and what does traceroute show?
-- 2. Give the two routes to 198.51.100.0/24 different metrics: which is taken, and what must happen for the other to be?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch2_routes"

report:title "Chapter 2: the routing table"
report:drawing [[
           ┌── left ─────┐
pc ── gate               far ── server
           └── right ────┘]]

report:step "What a host knows"
local lab <close> = netlua.lab("routes", { family = "inet", routes = false })
local pc, gate, left, right = lab:host "pc", lab:router "gate", lab:router "left", lab:router "right"
local far, server = lab:router "far", lab:host "server"
lab:link(pc, gate, { net = "192.0.2.0/24" })
lab:link(gate, left, { net = "203.0.113.0/25", addr = { "203.0.113.1/25", "203.0.113.2/25" } })
lab:link(gate, right, { net = "203.0.113.128/25", addr = { "203.0.113.129/25", "203.0.113.130/25" } })
lab:link(left, far, { net = "198.18.1.0/24", addr = { "198.18.1.1/24", "198.18.1.2/24" } })
lab:link(right, far, { net = "198.18.2.0/24", addr = { "198.18.2.1/24", "198.18.2.2/24" } })
lab:link(far, server, { net = "198.51.100.0/24", addr = { "198.51.100.254/24", "198.51.100.200/24" } })
lab:build()
report:say "An address brings a route with it: what has the same prefix is on this cable."
report:command "ip -n pc route"
local function show(node)
  for _, r in ipairs(node.route:list()) do
    report:show(("%s %sdev %s"):format(r.dst, r.gateway and "via " .. r.gateway .. " " or "", r.dev))
  end
end
show(pc)
report:check("pc knows its own cable", #pc.route:list() == 1 and pc.route:list()[1].dst == "192.0.2.0/24", pc.route:list())
local ok, err = pcall(pc.route.get, pc.route, "198.51.100.200")
report:check("and no way to the server", not ok and err.code == "ENETUNREACH", err)

report:step "A default route"
report:say "A host that has one router needs one line more: everything else goes there."
report:command("ip -n pc route add default via 192.0.2.254", "ip -n pc route")
pc.route:add("default", { via = "192.0.2.254" })
server.route:add("default", { via = "198.51.100.254" })
show(pc)
report:check("now the server is behind gate", pc.route:get("198.51.100.200").gateway == "192.0.2.254")
report:check("its own network still needs nobody", pc.route:get("192.0.2.7").gateway == nil)

report:step "The longest prefix wins"
report:say "gate may go left or right. It sends the whole network left, and its upper half right."
report:command("ip -n gate route add 198.51.100.0/24 via 203.0.113.2", "ip -n gate route add 198.51.100.128/25 via 203.0.113.130",
  "ip -n gate route")
gate.route:add("198.51.100.0/24", { via = "203.0.113.2" })
gate.route:add("198.51.100.128/25", { via = "203.0.113.130" })
for router, via in pairs { [left] = "198.18.1.2", [right] = "198.18.2.2" } do
  router.route:add("198.51.100.0/24", { via = via })
  router.route:add("192.0.2.0/24", { via = router == left and "203.0.113.1" or "203.0.113.129" })
end
far.route:add("192.0.2.0/24", { via = "198.18.1.1" })
show(gate)
for _, address in ipairs { "198.51.100.7", "198.51.100.200" } do
  local way = gate.route:get(address)
  report:command("ip -n gate route get " .. address)
  report:show(("%s via %s dev %s"):format(way.dst, way.gateway, way.dev))
end
report:check("198.51.100.7 goes left: only the /24 holds it", gate.route:get("198.51.100.7").gateway == "203.0.113.2")
report:check("198.51.100.200 goes right: the /25 is longer", gate.route:get("198.51.100.200").gateway == "203.0.113.130")

report:step "There, and another way back"
local path = pc:traceroute "198.51.100.200"
report:command "ip netns exec pc traceroute -n 198.51.100.200"
report:show(path)
report:check("the packets go right", path.hops[2] ~= nil and path.hops[2].addr == "203.0.113.130", path)
local capture <close> = left:capture("eth0", "icmp")
local reply = pc:ping "198.51.100.200"
report:check("the answers come back left: each router decides for itself", reply.received == 1
  and #capture:packets() == 1 and capture:packets()[1].icmp.type == "echo reply", capture:packets())

report:step "A circle"
report:say "right is told that the server is behind gate, and gate that it is behind right."
report:command("ip -n right route replace 198.51.100.0/24 via 203.0.113.129", "ip netns exec pc ping -c 1 198.51.100.200")
right.route:replace("198.51.100.0/24", { via = "203.0.113.129" })
local circle = pc:ping "198.51.100.200"
report:show(circle)
report:check("only the TTL ends it", circle.errors[1] ~= nil and circle.errors[1].message == "Time to live exceeded", circle)
local account = netlua.why(pc, server)
report:show(account)
report:check("why sees the circle", account.verdict == "routing loop", account)
right.route:replace("198.51.100.0/24", { via = "198.18.2.2" })
report:check("set right, it arrives again", pc:ping("198.51.100.200").received == 1)

return report:verdict()
