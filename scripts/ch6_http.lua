-- Chapter 6: HTTP with the programs that people use, a server and curl.
--
--   client ── 192.0.2.0/24 ── web
--
-- Watch one page become a TCP connection with a request line, a status line, headers and a body.
--
--   2. What went over the wire
--      GET / HTTP/1.1
--      HTTP/1.0 200 OK
--   …
--   Verdict: all 6 checks hold.
--
-- Exercises: 1. Ask for a file that is not there: which line tells? 2. Fetch the page twice in one curl call: how many
-- connections does this server need, and why?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch6_http"

report:title "Chapter 6: HTTP"
report:drawing "client ── 192.0.2.0/24 ── web"

report:step "A server and a client"
local lab <close> = netlua.lab("http", { family = "inet" })
local client, web = lab:host "client", lab:host "web"
lab:link(client, web, { net = "192.0.2.0/24" })
lab:build()
report:command("python3 -m http.server 80           (web)", "curl http://web/                    (client)")
local early = client:run { "curl", "-s", "http://web/" }
report:say "Asked too early, before anybody listens, curl ends with status 7: the connection is refused."
report:check("curl's status is 7", early.code == 7, early)
local account = netlua.why(client, web, { proto = "tcp", port = 80 })
report:show(account)
report:check("nobody listens yet", account.verdict == "nobody listens", account)
local server <close> = web:spawn(
  "mount -t tmpfs none /mnt && cd /mnt && echo 'hello from web' > index.html && exec python3 -m http.server 80", { shell = true })
server:wait_port(80, { timeout = 20 })

local capture <close> = web:capture("eth0", "tcp port 80")
local page = client:run { "curl", "-s", "http://web/" }
report:show(page.stdout)
report:check("the page arrives; its name was found in /etc/hosts", page.stdout == "hello from web\n", page)

report:step "What went over the wire"
report:command "tcpdump -n -A -i eth0 tcp port 80"
local request, response
for _, packet in ipairs(capture:packets()) do
  request = request or packet.data:match "GET [^\r\n]*"
  response = response or packet.data:match "HTTP/1%.%d %d%d%d[^\r\n]*"
end
report:show(tostring(request))
report:show(tostring(response))
report:check("the request line asks for /", request ~= nil and request:find "^GET / HTTP/1" ~= nil, request)
report:check("the status line says 200", response ~= nil and response:find " 200 " ~= nil, response)

report:step "The conversation"
-- curl may be gone before its last segment is.
pcall(netlua.expect.count, capture, { tcp = { flags = function(flags) return flags:find "F" ~= nil end } }, 2)
report:show(tostring(capture:ladder()))
local flags = {}
for _, packet in ipairs(capture:packets()) do flags[#flags + 1] = packet.tcp.flags end
report:check("it begins with a SYN and ends with FIN on both sides",
  flags[1] == "S" and select(2, table.concat(flags, " "):gsub("F", "")) == 2, flags)

return report:verdict()
