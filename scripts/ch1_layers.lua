-- Chapter 1: layers. One HTTP request, taken apart.
--
--   client ── 192.0.2.0/24 ── web
--
-- Watch how each layer wraps what the one above gives it, and knows nothing of what is inside.
--
--   2. Taken apart
--      eth   14 bytes   02:00:00:01:00:00 > 02:00:00:02:00:00
--      ip    20 bytes   192.0.2.1 > 192.0.2.2
--      tcp   32 bytes   port 58502 > port 80
--      http  39 bytes   GET /index.html
--   …
--   Verdict: all 11 checks hold.
--
-- Exercises: 1. Ask for /a/page/with/a/longer/name.html: which layer grows, and what do the others add to it? 2. Ask over
-- IPv6: which layer changes, and which do not notice?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch1_layers"

report:title "Chapter 1: the layers of a network"
report:drawing "client ── 192.0.2.0/24 ── web"

report:step "One request"
report:say "A client asks a server for a page. What it says is two lines of text; what goes over the cable is more."
local lab <close> = netlua.lab("layers", { family = "inet" })
local client, web = lab:host "client", lab:host "web"
lab:link(client, web, { net = "192.0.2.0/24" })
lab:build()
report:command("tcpdump -n -i eth0 tcp port 80      (web)", "curl http://web/index.html          (client)")
local capture <close> = web:capture("eth0", "tcp port 80")
local listener = web:listen(80)
local request = "GET /index.html HTTP/1.1\r\nHost: web\r\n\r\n"
local answers = netlua.all {
  function()
    local peer = listener:accept()
    for _ = 1, 3 do peer:read "*l" end
    peer:write "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello\n"
    peer:flush()
    peer:close()
  end,
  function()
    local connection = client:connect(web, 80)
    connection:write(request)
    connection:flush()
    local line = connection:read "*l"
    connection:close()
    return line
  end,
}
listener:close()
report:show(tostring(answers[2]))
report:check("the server answers 200", answers[2] ~= nil and answers[2]:find " 200 " ~= nil, answers[2])

report:step "Taken apart"
report:say "The frame with the request, from the outside in. Each header is what one layer adds."
local packet
for _, p in ipairs(capture:packets()) do
  if p.http and p.http.method then packet = packet or p end
end
local layers = packet:layers()
local eth, ip, tcp, http = packet.eth, packet.ip, packet.tcp, packet.http
local sizes = { 14, ip.header_len, tcp.header_len, #request }
local facts = {
  ("%s > %s"):format(eth.src, eth.dst), ("%s > %s"):format(ip.src, ip.dst),
  ("port %d > port %d"):format(tcp.sport, tcp.dport), ("%s %s"):format(http.method, http.target),
}
for i, name in ipairs(layers) do report:show(("%-5s %2d bytes   %s"):format(name, sizes[i], facts[i])) end
report:check("four layers: eth, ip, tcp, http", table.concat(layers, " ") == "eth ip tcp http", layers)
report:check("their sizes add up to the frame's", sizes[1] + sizes[2] + sizes[3] + sizes[4] == packet.len, packet)
report:check("innermost is the text, unchanged", packet.data:sub(-#request) == request, packet)

report:step "Seven and four"
report:say "The OSI model names seven layers, TCP/IP four. Networks are built in four; people speak of both."
report:drawing [[
OSI                 TCP/IP         here
7 application   ─┐
6 presentation   ├─ application    HTTP       GET /index.html
5 session       ─┘
4 transport     ─── transport      TCP        port 80
3 network       ─── internet       IP         192.0.2.2
2 data link     ─┬─ link           Ethernet   a MAC address
1 physical      ─┘                 a cable]]
report:say "Each layer has addresses of its own: for the next machine, for the last machine, for the program, for the page."
report:check("the frame is for the next machine's interface", eth.dst == web.link:get("eth0").address, packet)
report:check("the IP packet is for the host", ip.dst == web:address(), packet)
report:check("the segment is for the program that listens", tcp.dport == 80, packet)
report:check("the request is for the page", http.target == "/index.html", packet)

report:step "What breaks in which layer"
local function broken_by(what, port)
  local account = netlua.why(client, web, { proto = "tcp", port = port })
  report:command(what)
  report:show(account)
  return account
end
report:check("transport: nobody listens on port 81", broken_by("curl http://web:81/", 81).verdict == "nobody listens")
web.addr:del("192.0.2.2/24", "eth0")
report:check("network: web lost its address", not broken_by("ip -n web address del 192.0.2.2/24 dev eth0", 80).ok)
web.addr:add("192.0.2.2/24", "eth0")
web.link:set("eth0", { up = false })
report:check("link: the cable is dead at the far end", not broken_by("ip -n web link set eth0 down", 80).ok)

return report:verdict()
